// A model of 'counterweight export --to onnx' in JavaScript: the columns and classes stand in the file's metadata, the graph does the rest.
import * as ort from './node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs';

ort.env.wasm.wasmPaths = new URL('./node_modules/onnxruntime-web/dist/', import.meta.url).href;
ort.env.wasm.numThreads = 1;    // more need a page that is isolated from others by its server

const block = 4096;

export class Scorer {
  static async load(bytes) {
    const said = metadata(bytes);
    if (said['counterweight.format'] !== '1') throw new Error("This file was not written by 'counterweight export --to onnx' of this version.");
    return new Scorer(await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] }), said);
  }

  constructor(session, said) {
    this.session = session;
    this.columns = JSON.parse(said['counterweight.columns']);
    this.classes = JSON.parse(said['counterweight.classes']);
    this.about = `${said['counterweight.learner']} / ${said['counterweight.remedy']}, which predicts ${said['counterweight.target']}`;
  }

  // Rows are objects from the name of a column to a number, a text, or nothing where the value is missing.
  async score(rows) {
    const labels = [], probabilities = [], k = this.classes.length;
    for (const { column } of this.columns)
      if (rows.length > 0 && !(column.name in rows[0])) throw new Error(`The rows have no column '${column.name}'.`);
    for (let from = 0; from < rows.length; from += block) {
      const part = rows.slice(from, from + block);
      const feeds = Object.fromEntries(this.columns.map(c => [c.input, tensor(c, part, from)]));
      const found = await this.session.run(feeds);
      labels.push(...found.label.data);
      for (let i = 0; i < part.length; i++) probabilities.push([...found.probabilities.data.slice(i * k, (i + 1) * k)]);
    }
    return { labels, probabilities };
  }
}

function tensor({ column, missing }, rows, from) {
  const cells = rows.map(row => isMissing(row[column.name]) ? null : row[column.name]);
  return column.levels
    ? new ort.Tensor('string', cells.map(v => v === null ? missing : String(v)), [rows.length, 1])
    : new ort.Tensor('float64', Float64Array.from(cells, (v, i) => v === null ? NaN : number(v, column, from + i)), [rows.length, 1]);
}

const isMissing = value => value === null || value === undefined
  || (typeof value === 'string' && ['', 'NA', 'N/A', 'n/a', '#N/A', '<NA>', 'NULL', 'null'].includes(value.trim()));

// Dates are days since 1970-01-01; a time without a zone is UTC.
function number(value, column, row) {
  const text = String(value).trim(), dated = column.kind === 'Date' || column.kind === 'Timestamp';
  const zoned = !text.includes(':') || /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text.replace(' ', 'T')}Z`;
  const found = dated ? Date.parse(zoned) / 86400000 : Number(text);
  if (!Number.isFinite(found)) throw new Error(`Row ${row + 1}, column '${column.name}': '${value}' is no ${dated ? 'date' : 'number'}.`);
  return found;
}

// ONNX Runtime for browsers does not give the metadata of a model. They are field 14 of its protocol buffer: pairs of a key (1) and a value (2).
function metadata(bytes) {
  const said = {}, text = new TextDecoder();
  for (const [field, pair] of fields(bytes)) {
    if (field !== 14) continue;
    const { 1: key, 2: value } = Object.fromEntries(fields(pair));
    said[text.decode(key)] = text.decode(value);
  }
  return said;
}

function* fields(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0, scale = 1, byte;
    do {
      if (at >= bytes.length) throw new Error('This is no ONNX file, or a damaged one.');
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value;
  };
  while (at < bytes.length) {
    const tag = varint(), kind = tag % 8, length = [varint, () => 8, varint, null, null, () => 4][kind]?.();
    if (length === undefined) throw new Error('This is no ONNX file, or a damaged one.');
    if (kind === 0) continue;
    yield [Math.floor(tag / 8), bytes.subarray(at, at + length)];
    at += length;
  }
}
