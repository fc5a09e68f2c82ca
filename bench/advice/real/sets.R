# Rscript sets.R OUT [LIB ...]: writes the sets of sets.tsv as OUT/NAME.csv, from the R packages in the library folders and Weka's examples.
# Debian has all of them: r-cran-{aer,cardata,caret,epi,hsaur3,kernlab,mlbench,modeldata,pscl,survival,th.data} and weka. Packages unpacked with
# 'dpkg -x' will do; nothing of them is loaded but the data. Classes of fewer than 12 rows are left out: half of them could not be judged.
args <- commandArgs(TRUE)
out <- args[1]
libraries <- if (length(args) > 1) args[-1] else .libPaths()
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
sets <- read.delim(file.path(here, "sets.tsv"), colClasses = "character", na.strings = character(0))
dir.create(out, showWarnings = FALSE, recursive = TRUE)

arff <- function(name) {
  folders <- c("/usr/share/doc/weka/examples", file.path(libraries, "../../../share/doc/weka/examples"))
  path <- Filter(file.exists, file.path(folders, name))[1]
  if (is.na(path)) return(NULL)
  lines <- readLines(path)
  names <- sub("^@attribute\\s+'?([^' ]+)'?\\s.*$", "\\1", grep("^@attribute", lines, ignore.case = TRUE, value = TRUE), ignore.case = TRUE)
  rows <- lines[(grep("^@data", lines, ignore.case = TRUE)[1] + 1):length(lines)]
  read.csv(text = rows[nzchar(rows)], header = FALSE, col.names = names, na.strings = "?", stringsAsFactors = TRUE)
}

object <- function(package, name) {
  if (package == "weka") return(arff(name))
  for (library in libraries) {
    folder <- file.path(library, package, "data")
    found <- new.env()
    if (file.exists(file.path(folder, "Rdata.rdb"))) lazyLoad(file.path(folder, "Rdata"), envir = found)
    else for (file in list.files(folder, pattern = "\\.(rda|RData)$", full.names = TRUE)) load(file, envir = found)
    if (exists(name, envir = found, inherits = FALSE)) return(as.data.frame(get(name, found)))
  }
  NULL
}

for (i in seq_len(nrow(sets))) {
  set <- sets[i, ]
  rows <- object(set$package, set$object)
  if (is.null(rows)) { message(set$set, ": ", set$package, " is not there"); next }
  target <- set$target
  if (grepl("=", target, fixed = TRUE)) {
    parts <- regmatches(target, regexpr("=", target), invert = TRUE)[[1]]
    rows[[parts[1]]] <- ifelse(with(rows, eval(parse(text = parts[2]))), "yes", "no")
    target <- parts[1]
  }
  if (!target %in% names(rows)) { message(set$set, ": no column ", target, " among ", paste(names(rows), collapse = " ")); next }
  class <- as.character(rows[[target]])
  kept <- !is.na(class) & class %in% names(which(table(class) >= 12))
  columns <- setdiff(names(rows), c(target, strsplit(set$drop, ",")[[1]]))
  made <- cbind(rows[kept, columns, drop = FALSE], target = class[kept])
  write.csv(made, file.path(out, paste0(set$set, ".csv")), row.names = FALSE, na = "")
  counts <- sort(table(class[kept]))
  cat(set$set, nrow(made), length(columns), length(counts), min(counts), sep = "\t", "\n")
}
