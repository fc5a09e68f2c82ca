# A fit of 'counterweight compare' in R (docs/trainers.md). Run it as "Rscript train.R". Lines that end with '# yours' are those to change.
library(jsonlite)
library(nnet)  # yours

job <- fromJSON(Sys.getenv("COUNTERWEIGHT_JOB"))
refuse <- function(why) {
  message(why)
  quit(status = 78)
}
if (job$protocol != 1) refuse("this program knows version 1 of the trainer contract")
if (!is.null(job$loss)) refuse(paste("this model has no loss", job$loss$name))
if (!is.null(job$synthetic)) refuse("made rows are not read by this program")
set.seed(job$seed)
npy <- function(path, what, size) {  # little-endian, one axis or row by row
  file <- file(path, "rb")
  on.exit(close(file))
  head <- readBin(file, "raw", 10)
  text <- rawToChar(readBin(file, "raw", as.integer(head[9]) + 256 * as.integer(head[10])))
  count <- prod(as.numeric(strsplit(gsub("[^0-9,]", "", sub(".*shape': \\(([^)]*)\\).*", "\\1", text)), ",")[[1]]))
  if (what == "double") return(readBin(file, "double", count, 8, endian = "little"))
  parts <- matrix(readBin(file, "integer", 2 * count, 4, endian = "little"), 2)  # int64 as two halves
  parts[1, ] + ifelse(parts[1, ] < 0, 2^32, 0) + 2^32 * parts[2, ] + 1  # rows count from 1 in R
}
train <- npy(job$train, "integer")
asked <- c(npy(job$validation, "integer"), npy(job$test, "integer"))
table <- read.csv(job$data$file, check.names = FALSE, stringsAsFactors = TRUE, colClasses = setNames("character", job$data$target))  # yours
y <- factor(table[[job$data$target]], job$classes$label)
x <- table[setdiff(names(table), c(job$data$target, unlist(job$data$leaveOut)))]
for (c in names(x)) if (is.numeric(x[[c]])) {
  z <- (x[[c]] - mean(x[train, c], na.rm = TRUE)) / (sd(x[train, c], na.rm = TRUE) + 1e-9)
  x[[c]] <- ifelse(is.na(z), 0, z)
}
weights <- if (is.null(job$classWeights)) rep(1, length(train)) else job$classWeights[as.integer(y[train])]
if (!is.null(job$rowWeights)) weights <- npy(job$rowWeights, "double")
if (!is.null(job$sampling)) weights <- weights * npy(job$sampling$weights, "double")  # a model fitted at once: a draw is a weight
rows <- data.frame(y = y[train], x[train, , drop = FALSE], check.names = FALSE)
model <- multinom(y ~ ., rows, weights, maxit = max(1, round(200 * job$share)), trace = FALSE, MaxNWts = 1e6)  # yours
p <- predict(model, x[asked, , drop = FALSE], type = "probs")
if (is.null(dim(p))) p <- cbind(1 - p, p)
write.csv(data.frame(row = asked - 1, setNames(data.frame(p), job$classes$label), check.names = FALSE), job$scores, row.names = FALSE)
