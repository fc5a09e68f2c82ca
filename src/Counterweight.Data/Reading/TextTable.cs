namespace Counterweight.Data;

/// <summary>Reads CSV and JSON, in one pass.</summary>
internal static class TextTable
{
    private const int MostRows = 1 << 30;

    internal static TableRead Read(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation) => file.Format == SourceFormat.Csv
        ? ReadCsv(file, target, options, cancellation)
        : ReadJson(file, target, options, cancellation);

    private static TableRead ReadCsv(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation)
    {
        int label = ColumnSelection.Find(file, file.Names, target);
        ColumnSelection.Check(file, file.Names, options);
        CellText cells = ColumnSelection.Cells(file, options);
        LabelReader labels = Labels(file, file.Names[label], options, keepRows: true);
        int[] wanted = new int[file.Names.Count];
        Array.Fill(wanted, -1);
        List<CellReader?> readers = [];
        for (int i = 0; i < wanted.Length; i++)
        {
            if (i != label && options.Drop.Contains(file.Names[i]) && !options.Aside.Contains(file.Names[i])) continue;
            wanted[i] = readers.Count;
            readers.Add(i == label ? null : ColumnSelection.Reader(file, file.Names[i], cells, options));
        }

        using Stream body = file.Body();
        long rows = 0;
        foreach (CellBlock block in BlockStream.Read(new CsvReader(file, body, file.Delimiter, wanted), Threads(options) > 1, cancellation))
        {
            Append(file, block, readers, labels, wanted[label], rows, options);
            rows += block.Rows;
        }

        LabelsRead found = labels.Finish();
        return new(file.Names[label], found,
            [.. Enumerable.Range(0, wanted.Length).Where(i => wanted[i] >= 0).Select(i => (file.Names[i], readers[wanted[i]]?.Finish()))]);
    }

    private static TableRead ReadJson(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation)
    {
        CellText cells = ColumnSelection.Cells(file, options);
        LabelReader? labels = null;
        List<string> names = [];
        List<CellReader?> readers = [];
        int label = -1;
        long rows = 0;
        using Stream body = file.Body();
        foreach (CellBlock block in BlockStream.Read(new JsonReader(file, body, file.IsArray), Threads(options) > 1, cancellation))
        {
            for (int c = names.Count; c < block.Names.Count; c++)
            {
                names.Add(block.Names[c]);
                bool dropped = options.Drop.Contains(names[c]) && !options.Aside.Contains(names[c]);
                readers.Add(dropped ? null : ColumnSelection.Reader(file, names[c], cells, options));
                readers[c]?.Skip((int)rows);
            }

            if (label < 0 && (label = ColumnSelection.TryFind(names, target)) >= 0)
            {
                labels = Labels(file, names[label], options, keepRows: true);
                labels.Skip(rows);
                readers[label] = null;
            }

            Append(file, block, readers, labels, label, rows, options);
            rows += block.Rows;
        }

        if (rows == 0) throw file.Unusable("the file has no rows. At least two rows of different classes are needed.");
        if (labels is null) ColumnSelection.Find(file, names, target);
        ColumnSelection.Check(file, names, options);
        LabelsRead found = labels!.Finish();
        return new(names[label], found, [.. Enumerable.Range(0, names.Count).Where(c => c == label || readers[c] is not null)
            .Select(c => (names[c], c == label ? null : readers[c]!.Finish()))]);
    }

    private static void Append(SourceFile file, CellBlock block, List<CellReader?> readers, LabelReader? labels, int label, long rows, DatasetOptions options)
    {
        int threads = Threads(options);
        if (rows + block.Rows > MostRows)
            throw file.Unusable("the file has more than a billion rows, more than fit in memory as a data set. Take a sample of the rows.");
        RowRoom.Check(file, rows + block.Rows, readers.Count(r => r is not null), options, isAll: false);
        labels?.Append(block.Column(label));
        if (threads <= 1 || readers.Count < 2)
        {
            for (int c = 0; c < readers.Count; c++) One(c);
            return;
        }

        try
        {
            Parallel.For(0, readers.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, One);
        }
        catch (AggregateException several)
        {
            // The error of the leftmost column, whatever the number of threads.
            Exception first = several.InnerExceptions.OfType<UnusableDataException>().MinBy(e => e.Row ?? long.MaxValue) ?? several.InnerExceptions[0];
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }

        void One(int c)
        {
            if (readers[c] is not CellReader reader) return;
            if (c < block.Columns) reader.Append(block.Column(c), rows);
            else reader.Skip(block.Rows);
        }
    }

    internal static (string Name, LabelsRead Labels) Count(SourceFile file, string target, DatasetOptions options, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        using Stream body = file.Body();
        if (file.Format == SourceFormat.Csv)
        {
            int label = ColumnSelection.Find(file, file.Names, target);
            ColumnSelection.Check(file, file.Names, options);
            int[] wanted = new int[file.Names.Count];
            Array.Fill(wanted, -1);
            wanted[label] = 0;
            LabelReader counted = Labels(file, file.Names[label], options, keepRows: false);
            foreach (CellBlock block in BlockStream.Read(new CsvReader(file, body, file.Delimiter, wanted), Threads(options) > 1, cancellation))
                counted.Append(block.Column(0));
            return (file.Names[label], counted.Finish());
        }

        IReadOnlyList<string> names = [];
        LabelReader? labels = null;
        int place = -1;
        long rows = 0;
        foreach (CellBlock block in BlockStream.Read(new JsonReader(file, body, file.IsArray), Threads(options) > 1, cancellation))
        {
            names = block.Names;
            if (place < 0 && (place = ColumnSelection.TryFind(names, target)) >= 0)
            {
                labels = Labels(file, names[place], options, keepRows: false);
                labels.Skip(rows);
            }

            labels?.Append(block.Column(place));
            rows += block.Rows;
        }

        if (rows == 0) throw file.Unusable("the file has no rows. At least two rows of different classes are needed.");
        if (labels is null) ColumnSelection.Find(file, names, target);
        ColumnSelection.Check(file, names, options);
        return (names[place], labels!.Finish());
    }

    /// <summary>Fills the columns of batches; each part is a number of rows that all columns then have.</summary>
    internal static IEnumerable<int> Batches(SourceFile file, BatchColumn[] columns, DatasetOptions options, CancellationToken cancellation)
    {
        using Stream body = file.Body();
        long rows = 0;
        if (file.Format == SourceFormat.Csv)
        {
            ColumnSelection.Check(file, file.Names, options);
            Dictionary<string, int> indexOf = new(StringComparer.Ordinal);
            for (int i = 0; i < file.Names.Count; i++) indexOf.TryAdd(file.Names[i], i);
            int[] wanted = new int[file.Names.Count];
            Array.Fill(wanted, -1);
            int used = 0;
            CellText cells = ColumnSelection.Cells(file, options);
            BatchColumn[] own = [.. columns.Where(c => indexOf.ContainsKey(c.Name))];
            BatchList[] vectors = [.. BatchList.Of(columns.Where(c => !indexOf.ContainsKey(c.Name))).Values.Where(l => indexOf.ContainsKey(l.Name))];
            HashSet<string> inVectors = [.. vectors.Select(l => l.Name)];
            if (Array.Find(columns, c => !indexOf.ContainsKey(c.Name) && !inVectors.Contains(BatchList.BaseOf(c.Name) ?? "")) is { } absent)
                throw NoColumn(file, absent.Name, file.Names);
            int[] place = [.. own.Select(c => Place(c.Name))], placeOfVector = [.. vectors.Select(l => Place(l.Name))];
            foreach (CellBlock block in BlockStream.Read(new CsvReader(file, body, file.Delimiter, wanted), Threads(options) > 1, cancellation))
            {
                for (int c = 0; c < own.Length; c++) own[c].Append(block.Column(place[c]), rows, file);
                for (int v = 0; v < vectors.Length; v++) vectors[v].AppendTexts(block.Column(placeOfVector[v]), rows, file, cells);
                rows += block.Rows;
                yield return block.Rows;
            }

            int Place(string name)
            {
                ref int at = ref wanted[indexOf[name]];
                return at < 0 ? at = used++ : at;
            }

            yield break;
        }

        IReadOnlyList<string> known = [];
        Dictionary<string, BatchList> lists = BatchList.Of(columns);
        foreach (CellBlock block in BlockStream.Read(new JsonReader(file, body, file.IsArray), Threads(options) > 1, cancellation))
        {
            known = block.Names;
            Dictionary<string, int> place = known.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
            foreach (BatchColumn column in columns)
            {
                if (place.TryGetValue(column.Name, out int index)) column.Append(block.Column(index), rows, file);
                else if (ListOf(column.Name) is not BatchList list || !place.ContainsKey(list.Name)) column.Skip(block.Rows);
            }

            foreach (BatchList list in lists.Values)
                if (place.TryGetValue(list.Name, out int index)) list.Append(block.Column(index), rows, file);
            rows += block.Rows;
            if (rows == block.Rows && columns.FirstOrDefault(c => !Has(known, c)) is BatchColumn absent && block.Rows < 64)
                throw NoColumn(file, ListOf(absent.Name)?.Name ?? absent.Name, known);
            yield return block.Rows;
        }

        ColumnSelection.Check(file, known, options);
        if (columns.FirstOrDefault(c => !Has(known, c)) is BatchColumn never) throw NoColumn(file, ListOf(never.Name)?.Name ?? never.Name, known);

        BatchList? ListOf(string name) => BatchList.BaseOf(name) is string list ? lists.GetValueOrDefault(list) : null;
        bool Has(IReadOnlyList<string> there, BatchColumn column) => column.Schema.IsOptional || there.Contains(column.Name)
            || (ListOf(column.Name) is BatchList list && there.Contains(list.Name));
    }

    /// <summary>The keys of the first objects of a JSON file.</summary>
    internal static IReadOnlyList<string> JsonNames(SourceFile file) => new JsonReader(file, Stream.Null, file.IsArray).Names(file.Peek(1 << 20,
        out bool ended), ended);

    internal static UnusableDataException NoColumn(SourceFile file, string name, IReadOnlyList<string> names) =>
        file.Unusable($"there is no column '{name}', which the model was trained on. {NearestName.Hint(name, names)}");

    private static LabelReader Labels(SourceFile file, string name, DatasetOptions options, bool keepRows) =>
        new(name, ColumnSelection.Cells(file, options), file, options.MaxClasses, keepRows, options.Categorical.Contains(name));

    private static int Threads(DatasetOptions options) => options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
}
