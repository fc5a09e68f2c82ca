(() => {
'use strict';

const model = JSON.parse(document.getElementById('report-data').textContent);
const root = document.documentElement;
const main = document.getElementById('content');

// ---- elements: everything from the data becomes a text node or an attribute, never markup ----

function element(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined));
  return node;
}

const shorten = (text, most = 28) => {
  const letters = [...String(text).replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, ' ')];
  return letters.length <= most ? letters.join('') : letters.slice(0, most - 1).join('') + '\u2026';
};
// A name of the data inside a picture: short, and kept from turning the direction of what follows.
const inPicture = (text, most) => '\u2068' + shorten(text, most) + '\u2069';
const named = text => element('bdi', { class: String(text).length > 60 ? 'long' : null, style: String(text).length > 60 ? 'display:block' : null, tabindex: String(text).length > 300 ? 0 : null }, String(text));

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
function figure(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return '\u2013';
  if (!Number.isFinite(value)) return value > 0 ? '\u221e' : '\u2212\u221e';
  if (Number.isInteger(value)) return whole.format(value);
  const size = Math.abs(value);
  if (size >= 1000) return whole.format(value);
  if (size < 0.001) return value.toExponential(2);
  const text = value.toFixed(size >= 100 ? 2 : digits);
  return size >= 1 ? text.replace(/\.?0+$/, '') : text;
}
const signed = value => value === null || value === undefined ? '\u2013' : (value > 0 ? '+' : value < 0 ? '\u2212' : '') + figure(Math.abs(value));
const percent = share => (100 * share).toFixed(share < 0.01 && share > 0 ? 2 : 1) + '%';

// ---- colours, read from the style sheet so that both schemes have one source ----

function palette() {
  const style = getComputedStyle(root);
  const color = name => style.getPropertyValue('--' + name).trim();
  const dark = matchMedia('(prefers-color-scheme: dark)').matches && !('print' in root.dataset);
  return {
    text: color('text'), muted: color('muted'), grid: color('grid'), surface: color('surface'), advised: color('advised'), baseline: color('baseline'),
    same: color('same'), other: color('other'), line: color('line'), soft: color('soft'), heat: color('heat'), heatLow: color('heat-low'), dark,
    series: dark
      ? ['#79b8ff', '#ffa657', '#4cc38a', '#f778ba', '#e3c341', '#b39ddb', '#5ad4e6', '#ff8f87', '#a5d65c', '#c9d1d9', '#d2a679', '#8aa4ff']
      : ['#0a5fc4', '#a94f00', '#0b6e4f', '#b0207a', '#7a6000', '#6f42c1', '#00718a', '#b3261e', '#4b7300', '#57606a', '#80522a', '#3346c9'],
  };
}
const symbols = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect', 'emptyTriangle', 'emptyDiamond'];
const roleColor = (role, colors) => role === 'baseline' || role === 'before' ? colors.baseline : role === 'recommended' || role === 'after' ? colors.advised : colors.same;
const roleSymbol = role => role === 'baseline' || role === 'before' ? 'circle' : 'diamond';

// ---- figures ----

const figures = [];
const observer = new IntersectionObserver(entries => {
  for (const entry of entries)
    if (entry.isIntersecting) figures.find(f => f.box === entry.target)?.draw();
}, { rootMargin: '300px' });

function base(colors) {
  return {
    animation: false, backgroundColor: colors.surface, color: colors.series,
    // No quotes in the family: ECharts writes it into an attribute of the SVG as it is.
    textStyle: { color: colors.text, fontFamily: 'system-ui, Roboto, Arial, sans-serif', fontSize: 13 },
    tooltip: { trigger: 'item', confine: true, backgroundColor: colors.surface, borderColor: colors.line, textStyle: { color: colors.text } },
    legend: { show: false },
  };
}
function axis(colors, more) {
  const { axisLabel, ...rest } = more ?? {};
  return {
    axisLine: { lineStyle: { color: colors.line } }, axisTick: { lineStyle: { color: colors.line } }, splitLine: { lineStyle: { color: colors.grid } },
    nameTextStyle: { color: colors.muted, fontSize: 13 }, nameLocation: 'middle', ...rest, axisLabel: { color: colors.text, fontSize: 12, hideOverlap: true, ...axisLabel },
  };
}
// Only names that are longer than their place are measured and cut, which takes time.
const names = (colors, data, width, more) => axis(colors, {
  type: 'category', inverse: true, data, axisTick: { show: false }, splitLine: { show: false }, ...more,
  axisLabel: { interval: 0, hideOverlap: false, lineHeight: 15, ...(longest(data) > width ? { width, overflow: 'truncate', ellipsis: '\u2026' } : {}), ...more?.axisLabel },
});
const legend = (colors, data) => ({ show: true, type: 'scroll', itemWidth: 16, itemHeight: 11, top: 0, left: 0, right: 0, data, textStyle: { color: colors.text }, inactiveColor: colors.muted, pageTextStyle: { color: colors.text }, pageIconColor: colors.same, pageIconInactiveColor: colors.grid });
const tip = (title, ...lines) => element('div', { class: 'tip' }, element('b', null, shorten(title, 200)), lines.map(line => element('div', null, line)));
// The width of the longest line of the names, in pixels, amply; wide letters take two places.
const longest = texts => 10 + 7 * Math.max(...texts.flatMap(t => t.split('\n')).map(t => [...t].reduce((sum, c) => sum + (c > '\u1100' ? 2 : 1), 0)));
// As wide as that, up to a third of the picture.
const leftMargin = (width, texts) => Math.round(Math.min(290, width * (width < 500 ? 0.4 : 0.33), Math.max(36, longest(texts))));
// Parts of a joined remedy stand on lines of their own; on a narrow page the learner too, and the parameters of a single remedy.
const lineBreaks = (name, width) => (width < 500 ? name.replace(' \u00b7 ', '\n').split('\n').map(line => line.length > 20 && !line.includes('+') ? line.replace('(', '\n(') : line).join('\n') : name).replaceAll('+', '\n+');

function save(name, blob) {
  const link = element('a', { download: name, href: URL.createObjectURL(blob) });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** A title within a sentence. */
const running = title => /^[A-Z][A-Z]/.test(title) ? title : title[0].toLowerCase() + title.slice(1);

/** A picture with buttons to save it and its numbers as a table. option(colors, width) makes ECharts' option; table() its numbers; label a text, or a function where it follows a choice. */
function picture({ id, title, how, label, height, option, table, heading = 'h2', into = null, before = [] }) {
  const labelled = typeof label === 'function' ? label : () => label;
  const box = element('div', { class: 'chart', role: 'img', 'aria-label': labelled(), id: 'chart-' + id });
  const place = element('div', null);
  const details = element('details', { id: 'table-' + id }, element('summary', null, 'The numbers: ' + running(title)), place);
  const name = 'counterweight-' + id;
  const item = { id, box, details, table, chart: null };
  const asSvg = () => { item.draw(); return item.chart.renderToSVGString({ useViewBox: true }); };
  const tools = element('div', { class: 'tools' },
    element('button', { type: 'button', onclick: () => save(name + '.svg', new Blob([asSvg()], { type: 'image/svg+xml' })), 'aria-label': 'Save SVG: ' + title }, 'Save SVG'),
    element('button', { type: 'button', onclick: () => savePng(name + '.png', asSvg(), item.chart.getWidth(), item.chart.getHeight()), 'aria-label': 'Save PNG: ' + title }, 'Save PNG'),
    element('button', { type: 'button', onclick: () => save(name + '.csv', new Blob([csv(table())], { type: 'text/csv' })), 'aria-label': 'Save CSV: ' + title }, 'Save CSV'));
  const section = element(into ? 'div' : 'section', { id, 'aria-labelledby': into ? null : 'h-' + id }, element(heading, { id: 'h-' + id }, title), element('p', { class: 'how' }, how), before, box, tools, details);
  (into ?? main).append(section);
  if (!into) contents(id, title);

  item.draw = (again = false) => {
    const size = typeof height === 'function' ? height(box.clientWidth) : height;
    box.style.height = size + 'px';
    if (item.chart && !again && item.chart.getWidth() === box.clientWidth) return;
    if (!item.chart) item.chart = echarts.init(box, null, { renderer: 'svg' });
    else item.chart.resize();
    item.chart.setOption(option(palette(), box.clientWidth), true);
    box.setAttribute('aria-label', labelled());
    box.dataset.drawn = 'yes';
  };
  item.redraw = () => { if (item.chart) item.draw(true); };
  item.refresh = () => { item.redraw(); if (details.open) fill(); };
  const fill = () => place.replaceChildren(tableOf(title, table()));
  details.addEventListener('toggle', () => { if (details.open) fill(); });
  box.style.height = (typeof height === 'function' ? height(1000) : height) + 'px';
  figures.push(item);
  observer.observe(box);
  return item;
}

function savePng(name, svg, width, height) {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  const image = new Image(width, height);
  image.onload = () => {
    const canvas = element('canvas', { width: width * 2, height: height * 2 });
    canvas.getContext('2d').drawImage(image, 0, 0, width * 2, height * 2);
    URL.revokeObjectURL(address);
    canvas.toBlob(blob => save(name, blob));
  };
  image.onerror = () => console.error('The picture could not be drawn as PNG.');
  image.src = address;
}

const csv = ({ columns, rows }) => [columns, ...rows].map(row => row.map(cell => '"' + String(cell ?? '').replaceAll('"', '""') + '"').join(',')).join('\r\n') + '\r\n';

function tableOf(title, { columns, rows, note }) {
  const isNumber = columns.map((_, c) => rows.some(row => typeof row[c] === 'number'));
  return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table: ' + title },
    element('table', { class: columns.length > 11 ? 'wide' : columns.length > 7 ? 'some' : null }, note || columns.length > 11 ? element('caption', null, note, columns.length > 11 ? element('span', { class: 'paper' }, 'The columns after the eleventh are in the page and its CSV.') : null) : null,
      element('thead', null, element('tr', null, columns.map((column, c) => element('th', { scope: 'col', class: isNumber[c] ? 'n' : null }, named(column))))),
      element('tbody', null, rows.map(row => element('tr', null, row.map((cell, c) => typeof cell === 'number'
        ? element('td', { class: 'n', 'data-value': String(cell) }, figure(cell))
        : element(c === 0 ? 'th' : 'td', { scope: c === 0 ? 'row' : null, class: isNumber[c] ? 'n' : null }, cell === null || cell === undefined ? '\u2013' : named(cell))))))));
}

function contents(id, title) {
  document.getElementById('contents').append(element('li', null, element('a', { href: '#' + id }, title)));
}

/** Buttons that leaf through a long list. */
function pager(total, size, what, changed) {
  const state = { from: 0, size, bar: null };
  if (total <= size) { state.size = total; return state; }
  const text = element('span', { 'aria-live': 'polite' });
  const first = element('button', { type: 'button', 'aria-label': 'First ' + what, onclick: () => go(0) }, 'First');
  const back = element('button', { type: 'button', 'aria-label': 'Previous ' + what, onclick: () => go(state.from - size) }, 'Previous');
  const next = element('button', { type: 'button', 'aria-label': 'Next ' + what, onclick: () => go(state.from + size) }, 'Next');
  const show = () => {
    text.textContent = `${what} ${whole.format(state.from + 1)} to ${whole.format(Math.min(total, state.from + size))} of ${whole.format(total)}`;
    first.disabled = back.disabled = state.from === 0;
    next.disabled = state.from + size >= total;
  };
  const go = from => { state.from = Math.max(0, Math.min(from, Math.floor((total - 1) / size) * size)); show(); changed(); };
  show();
  state.bar = element('div', { class: 'pager' }, first, back, next, text);
  return state;
}

// ---- the sections ----

const classes = model.classes, K = classes.length, N = classes.reduce((sum, c) => sum + c.count, 0);
const bySize = [...classes.keys()].sort((a, b) => classes[b].count - classes[a].count || a - b);
const order = K > 12 ? bySize : [...classes.keys()];

function advice() {
  document.title = 'Counterweight: ' + model.title;
  document.getElementById('title').textContent = model.title;
  document.getElementById('facts').append(...model.facts.map(fact => element('li', { tabindex: fact.length > 400 ? 0 : null }, element('bdi', null, fact))));
  const title = model.diagnosis ? 'What happens, and why' : 'What to do';
  main.append(element('section', { class: 'advice', id: 'advice', 'aria-labelledby': 'h-advice' },
    element('h2', { id: 'h-advice' }, title),
    element('p', { class: 'main' }, element('bdi', null, model.advice)),
    model.diagnosis ? findings(model.diagnosis.findings) : null,
    model.notes.map(note => element('p', null, element('bdi', null, note))),
    model.warnings.length === 0 ? null : element('div', { class: 'warnings' }, element('h3', null, 'Know this'),
      element('ul', null, model.warnings.map(w => element('li', { class: w.message.length > 400 ? 'long' : null, tabindex: w.message.length > 400 ? 0 : null }, element('bdi', null, w.message)))))));
  contents('advice', title);
}

/** What was found, the first of it standing above already, and then what to do about it. */
function findings(all) {
  const steps = all.filter(f => f.code === 'do');
  return [
    element('ul', { class: 'findings' }, all.slice(1).filter(f => f.code !== 'do').map(f => element('li', null, element('bdi', null, f.text)))),
    element('h3', null, 'What to do, in order'),
    element('ol', { class: 'findings' }, steps.map(f => element('li', null, element('bdi', null, f.text.replace(/^\d+\. /, '')), f.command ? element('code', null, f.command) : null))),
  ];
}

/** A bar from the first to the third value of a line, with caps. */
function interval(api, stroke) {
  const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(2), api.value(1)]);
  const line = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth: 2 } });
  return { type: 'group', children: [line(a[0], a[1], b[0], b[1]), line(a[0], a[1] - 4, a[0], a[1] + 4), line(b[0], b[1] - 4, b[0], b[1] + 4)] };
}

const fullName = c => c.learner + ' \u00b7 ' + c.remedy;

function comparison() {
  const { metric, higherIsBetter, equivalence, candidates, metricNames } = model.comparison;
  const judged = candidates.filter(c => c.mean !== null);
  const best = judged[0], reference = judged.find(c => c.isBaseline);
  let item;
  const page = pager(judged.length, 30, 'Candidates', () => item.refresh());
  const shown = () => judged.slice(page.from, page.from + page.size);
  const kind = c => c.isRecommended ? 'recommended' : c.isBaseline ? 'baseline' : c.sameAsBest ? 'practically the same as the best' : c.status === 'stopped' ? 'stopped early' : 'others';
  const kinds = ['recommended', 'baseline', 'practically the same as the best', 'others', 'stopped early'];
  const lines = c => lineBreaks(fullName(c), item ? item.box.clientWidth || 1000 : 1000).split('\n').length;
  const low = Math.min(...judged.map(c => c.ciLow ?? c.mean)), high = Math.max(...judged.map(c => c.ciHigh ?? c.mean));
  item = picture({
    id: 'comparison', title: 'The comparison',
    how: `Each line is a candidate: the mark is its mean ${metric} over the folds, the bar the 95% interval of that mean. ${higherIsBetter ? 'Further right is better.' : 'Further left is better.'} The dashed line is the baseline, which does nothing about the imbalance. The shaded band holds what is within ${equivalence} of the best: a difference that small is practically none.`,
    label: `Intervals of ${metric} for ${judged.length} candidates. The numbers follow as a table.`,
    before: page.bar ? [page.bar] : [],
    height: () => 90 + shown().reduce((sum, c) => sum + 13 + 15 * lines(c), 0),
    option: (colors, width) => {
      const color = { recommended: colors.advised, baseline: colors.baseline, [kinds[2]]: colors.same, others: colors.other, 'stopped early': colors.other };
      const symbol = { recommended: 'diamond', baseline: 'circle', [kinds[2]]: 'rect', others: 'triangle', 'stopped early': 'triangle' };
      const rows = shown(), texts = rows.map(c => lineBreaks(fullName(c), width)), left = leftMargin(width, texts), pad = (high - low || Math.abs(high) || 1) * 0.04;
      const used = kinds.filter(k => rows.some(c => kind(c) === k));
      return {
        ...base(colors),
        tooltip: { ...base(colors).tooltip, formatter: p => { const c = rows[p.value[1]]; return c ? tip(fullName(c), `${metric} ${figure(c.mean)} (95% interval ${figure(c.ciLow)} to ${figure(c.ciHigh)})`, c.versusBaseline && !c.isBaseline ? `gain over the baseline ${signed(c.versusBaseline.mean)}, p ${figure(c.versusBaseline.pValueHolm, 3)}` : '', kind(c)) : ''; } },
        legend: legend(colors, used),
        grid: { left: left + 8, right: 20, top: 36, bottom: 46 },
        xAxis: axis(colors, { type: 'value', name: metric, nameGap: 28, min: low - pad, max: high + pad, axisLabel: { formatter: v => figure(v, 3), showMinLabel: false, showMaxLabel: false } }),
        yAxis: names(colors, texts, left, { axisLabel: width < 500 ? { fontSize: 11 } : {} }),
        series: [
          {
            type: 'custom', silent: true, z: 1, data: rows.map((c, i) => [c.ciLow ?? c.mean, i, c.ciHigh ?? c.mean]), encode: { x: [0, 2], y: 1 },
            renderItem: (_, api) => interval(api, color[kind(rows[api.value(1)])]),
            markLine: reference ? { silent: true, precision: 12, symbol: 'none', lineStyle: { color: colors.baseline, type: 'dashed', width: 1.5 }, label: { show: false }, data: [{ xAxis: reference.mean }] } : undefined,
            markArea: best ? { silent: true, itemStyle: { color: colors.advised, opacity: 0.13 }, data: [[{ xAxis: best.mean - equivalence }, { xAxis: best.mean + equivalence }]] } : undefined,
          },
          ...used.map(k => ({ name: k, type: 'scatter', z: 3, symbol: symbol[k], symbolSize: k === 'recommended' ? 15 : 10, itemStyle: { color: color[k], ...(k === 'stopped early' ? { color: colors.surface, borderColor: color[k], borderWidth: 2 } : {}) }, data: rows.flatMap((c, i) => kind(c) === k ? [[c.mean, i]] : []) })),
        ],
      };
    },
    table: () => ({
      columns: ['learner', 'remedy', 'status', metric, '95% low', '95% high', 'gain over baseline', 'gain 95% low', 'gain 95% high', 'p (Holm)', 'note', 'seconds per fit', 'decided differently by two repeats', ...metricNames.map(n => 'mean ' + n)],
      rows: candidates.map(c => [c.learner, c.remedy, c.status, c.mean, c.ciLow, c.ciHigh, c.versusBaseline?.mean, c.versusBaseline?.ciLow, c.versusBaseline?.ciHigh, c.versusBaseline?.pValueHolm,
        c.isRecommended ? 'recommended' + (c.isBaseline ? ', baseline' : '') : c.isBaseline ? 'baseline' : c.reason ?? (c.sameAsBest ? 'practically the same as the best' : ''), c.fitSeconds, c.instability, ...c.metrics]),
    }),
  });
}

function gains() {
  const rows = model.gains, low = Math.min(0, ...rows.map(g => g.ciLow)), high = Math.max(0, ...rows.map(g => g.ciHigh)), pad = (high - low || 1) * 0.04;
  picture({
    id: 'gains', title: 'What the decision changes',
    how: 'Each line is a metric: the mark is the gain over deciding for the most probable class, which is the dashed line, and the bar its 95% interval. Right of the line the decision is better, also for metrics of which less is better. The diamond is the metric that the decision was tuned for.',
    label: `Gains of ${rows.length} metrics with their intervals. The numbers follow as a table.`,
    height: 70 + rows.length * 28,
    option: (colors, width) => {
      const left = leftMargin(width, rows.map(g => g.name)), color = i => i === 0 ? colors.advised : colors.same;
      return {
        ...base(colors),
        tooltip: { ...base(colors).tooltip, formatter: p => { const g = rows[p.value[1]]; return tip(g.name, `${figure(g.before)} before, ${figure(g.after)} after`, `gain ${signed(g.gain)} (95% interval ${signed(g.ciLow)} to ${signed(g.ciHigh)})`); } },
        grid: { left: left + 8, right: 20, top: 12, bottom: 46 },
        xAxis: axis(colors, { type: 'value', name: 'gain', nameGap: 28, min: low - pad, max: high + pad, axisLabel: { formatter: v => v === 0 ? '0' : (v > 0 ? '+' : '\u2212') + figure(Math.abs(v), 3), showMinLabel: false, showMaxLabel: false } }),
        yAxis: names(colors, rows.map(g => g.name), left),
        series: [
          {
            type: 'custom', silent: true, z: 1, data: rows.map((g, i) => [g.ciLow, i, g.ciHigh]), encode: { x: [0, 2], y: 1 }, renderItem: (_, api) => interval(api, color(api.value(1))),
            markLine: { silent: true, precision: 12, symbol: 'none', lineStyle: { color: colors.baseline, type: 'dashed', width: 1.5 }, label: { show: false }, data: [{ xAxis: 0 }] },
          },
          { type: 'scatter', z: 3, data: rows.map((g, i) => ({ value: [g.gain, i], symbol: i === 0 ? 'diamond' : 'rect', symbolSize: i === 0 ? 15 : 10, itemStyle: { color: color(i) } })) },
        ],
      };
    },
    table: () => ({ columns: ['metric', 'before', 'after', 'gain', 'gain 95% low', 'gain 95% high'], rows: rows.map(g => [g.name, g.before, g.after, g.gain, g.ciLow, g.ciHigh]) }),
  });
}

function counts() {
  let item;
  const page = pager(K, 40, 'Classes', () => item.refresh());
  const shown = () => order.slice(page.from, page.from + page.size);
  const largest = Math.max(...classes.map(c => c.count)), smallest = Math.min(...classes.filter(c => c.count > 0).map(c => c.count));
  item = picture({
    id: 'counts', title: 'Class counts',
    how: `${whole.format(N)} rows in ${whole.format(K)} classes. The largest class has ${figure(largest / smallest, 1)} times the rows of the smallest.${K > 12 ? ' Largest class first.' : ''}`,
    label: `Bars of the number of rows of ${K} classes, from ${smallest} to ${largest}. The numbers follow as a table.`,
    before: page.bar ? [page.bar] : [],
    height: () => 56 + Math.max(2, shown().length) * 26,
    option: (colors, width) => {
      const rows = shown(), texts = rows.map(c => inPicture(classes[c].label, 60)), left = leftMargin(width, texts);
      return {
        ...base(colors),
        tooltip: { ...base(colors).tooltip, formatter: p => tip(classes[rows[p.dataIndex]].label, `${whole.format(classes[rows[p.dataIndex]].count)} rows, ${percent(classes[rows[p.dataIndex]].count / N)}`) },
        grid: { left: left + 8, right: 110, top: 4, bottom: 44 },
        xAxis: axis(colors, { type: 'value', name: 'rows', nameGap: 26, min: 0, max: largest, axisLabel: { formatter: v => whole.format(v), showMaxLabel: false } }),
        yAxis: names(colors, texts, left),
        series: [{ type: 'bar', barMaxWidth: 20, itemStyle: { color: colors.same }, data: rows.map(c => classes[c].count), label: { show: true, position: 'right', color: colors.text, formatter: p => `${whole.format(p.value)} (${percent(p.value / N)})` } }],
      };
    },
    table: () => ({ columns: ['class', 'rows', 'share'], rows: classes.map(c => [c.label, c.count, c.count / N]) }),
  });
}

function weights() {
  const schemes = model.weights;
  if (schemes.length === 0) return;
  const ratios = schemes.map(s => { const least = Math.min(...s.weights.filter(w => w > 0)); return s.weights.map(w => w > 0 ? w / least : null); });
  const few = K <= 8;
  picture({
    id: 'weights', title: 'Weights by scheme',
    how: `How many times the weight of the least weighted class each class gets: only these ratios change what is learned where the loss is divided by the summed weights. The axis is logarithmic.${few ? '' : ' Classes stand from the largest to the smallest.'} The table has the weights as each scheme gives them, and how many equally weighted rows the weighted ones are worth.`,
    label: `Relative class weights of ${schemes.length} schemes. The numbers follow as a table.`,
    height: () => few ? 100 + schemes.length * 30 : 440,
    option: (colors, width) => {
      const left = leftMargin(width, schemes.map(s => s.name));
      if (few) return {
        ...base(colors),
        tooltip: { ...base(colors).tooltip, formatter: p => tip(classes[p.seriesIndex].label, `${schemes[p.value[1]].name}: ${figure(p.value[0], 2)} times the smallest weight`, `weight ${figure(schemes[p.value[1]].weights[p.seriesIndex])}`) },
        legend: { ...legend(colors, classes.map((_, c) => 'c' + c)), formatter: name => inPicture(classes[+name.slice(1)].label, width < 500 ? 16 : 28) },
        grid: { left: left + 8, right: 64, top: 40, bottom: 46 },
        xAxis: axis(colors, { type: 'log', name: 'times the smallest weight', nameGap: 28, min: 1, axisLabel: { formatter: v => figure(v, 1) } }),
        yAxis: names(colors, schemes.map(s => s.name), left, { splitLine: { show: true, lineStyle: { color: colors.grid } } }),
        series: classes.map((_, c) => ({ name: 'c' + c, type: 'scatter', symbol: symbols[c % symbols.length], symbolSize: 12, itemStyle: { color: colors.series[c % 12], opacity: 0.85 }, data: schemes.flatMap((_, s) => ratios[s][c] === null ? [] : [{ value: [ratios[s][c], s], label: { show: ratios[s][c] === Math.max(...ratios[s]) && ratios[s].indexOf(ratios[s][c]) === c } }]), label: { position: 'right', distance: 8, color: colors.text, formatter: p => figure(p.value[0], 1) + '\u00d7' } })),
      };
      return {
        ...base(colors),
        tooltip: { ...base(colors).tooltip, trigger: 'item', formatter: p => tip(classes[bySize[p.dataIndex]].label, `${p.seriesName}: ${figure(p.value[1], 2)} times the smallest weight`) },
        legend: legend(colors, schemes.map(s => s.name)),
        grid: { left: 56, right: 24, top: 40, bottom: 50 },
        xAxis: axis(colors, { type: 'value', name: 'class, by its number of rows (1 has the most)', nameGap: 28, min: 1, max: K, splitLine: { show: false } }),
        yAxis: axis(colors, { type: 'log', name: 'times the smallest weight', nameGap: 40, min: 1, axisLabel: { formatter: v => figure(v, 1) } }),
        series: schemes.map((s, i) => ({ name: s.name, type: 'line', symbol: K <= 40 ? symbols[i % symbols.length] : 'none', showSymbol: K <= 40, symbolSize: 7, lineStyle: { width: 2, type: ['solid', 'dashed', 'dotted'][Math.floor(i / 4) % 3] }, itemStyle: { color: colors.series[i % 12] }, data: bySize.map((c, rank) => [rank + 1, ratios[i][c]]) })),
      };
    },
    table: () => K <= 30
      ? { columns: ['scheme', ...classes.map(c => c.label), 'worth in rows'], rows: schemes.map(s => [s.name, ...s.weights, s.effectiveSampleSize]) }
      : { columns: ['class', ...schemes.map(s => s.name)], rows: [...classes.map((c, i) => [c.label, ...schemes.map(s => s.weights[i])]), ['worth in rows', ...schemes.map(s => s.effectiveSampleSize)]] },
  });
}

/** A line per class, a mark per set, and a bar between the marks of the first two. */
function beforeAndAfter(colors, width, rows, sets, xName, max, says) {
  const texts = rows.map(c => inPicture(classes[c].label, 60)), left = leftMargin(width, texts);
  return {
    ...base(colors),
    tooltip: { ...base(colors).tooltip, formatter: p => tip(classes[rows[p.value[1]]].label, says(p.seriesName, p.value[0])) },
    legend: legend(colors, sets.map(s => s.role)),
    grid: { left: left + 8, right: 24, top: 36, bottom: 46 },
    xAxis: axis(colors, { type: 'value', name: xName, nameGap: 28, min: 0, max }),
    yAxis: names(colors, texts, left),
    series: [
      ...(sets.length < 2 ? [] : [{
        type: 'custom', silent: true, z: 1, encode: { x: [0, 2], y: 1 }, data: rows.flatMap((c, i) => sets[0].values[c] === null || sets[1].values[c] === null ? [] : [[sets[0].values[c], i, sets[1].values[c]]]),
        renderItem: (_, api) => { const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(2), api.value(1)]); return { type: 'line', shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: colors.line, lineWidth: 3 } }; },
      }]),
      ...sets.map(s => ({ name: s.role, type: 'scatter', symbol: roleSymbol(s.role), symbolSize: 13, itemStyle: { color: roleColor(s.role, colors) }, data: rows.flatMap((c, i) => s.values[c] === null ? [] : [[s.values[c], i]]) })),
    ],
  };
}

function recall() {
  const sets = model.decided;
  if (sets.length === 0) return;
  let item;
  const page = pager(K, 40, 'Classes', () => item.refresh());
  const shown = () => order.slice(page.from, page.from + page.size);
  item = picture({
    id: 'recall', title: sets.length > 1 ? 'What is found of each class, before and after' : 'What is found of each class',
    how: `Recall: the share of a class's rows that are decided rightly. ${sets.map(s => `${s.role}: ${s.name}`).join('; ')}. A remedy for imbalance usually finds more of the rare classes and pays for it in the common ones; see here whether the trade is to your liking.`,
    label: `Recall of ${K} classes for ${sets.map(s => s.role).join(' and ')}. The numbers follow as a table.`,
    before: page.bar ? [page.bar] : [],
    height: () => 90 + Math.max(2, shown().length) * 28,
    option: (colors, width) => beforeAndAfter(colors, width, shown(), sets.map(s => ({ role: s.role, values: s.recall })), 'recall', 1, (role, share) => `${role}: ${percent(share)} found`),
    table: () => ({ columns: ['class', ...sets.map(s => `recall, ${s.role}`)], rows: classes.map((c, i) => [c.label, ...sets.map(s => s.recall[i])]) }),
  });
}

function confusion() {
  if (model.decided.length === 0) return;
  const part = model.decided[0].codes.length < K;
  const section = element('section', { id: 'confusion', 'aria-labelledby': 'h-confusion' }, element('h2', { id: 'h-confusion' }, 'Confusion matrices'),
    element('p', { class: 'how' }, `A line per true class, a column per decided class; the shade is the share of the true class's rows. Rows are summed over the folds, so that each is judged once.${part ? ` Of ${whole.format(K)} classes, the ${model.decided[0].codes.length} with the most errors are shown.` : ''}`));
  const pair = element('div', { class: 'pair' });
  section.append(pair);
  main.append(section);
  contents('confusion', 'Confusion matrices');
  for (const set of model.decided) {
    const n = set.codes.length, label = c => classes[set.codes[c]].label;
    picture({
      id: 'confusion-' + set.role.replaceAll(' ', '-'), title: set.role[0].toUpperCase() + set.role.slice(1), how: set.name, heading: 'h3', into: pair,
      label: `Confusion matrix of ${n} classes, ${set.role}: ${set.name}. The numbers follow as a table.`,
      height: width => Math.min(Math.max(260, n * (n <= 8 ? 52 : 34) + 100), Math.max(340, width)),
      option: (colors, width) => {
        const left = 24 + leftMargin(Math.min(width, 420), set.codes.map((_, c) => inPicture(label(c), 40))), cell = (width - left - 20) / n, detail = cell >= 62 && n <= 8, shareOnly = cell >= 34;
        return {
          ...base(colors),
          tooltip: { ...base(colors).tooltip, formatter: p => tip(`true: ${shorten(label(p.value[1]), 80)}, decided: ${shorten(label(p.value[0]), 80)}`, `${figure(set.cells[p.value[1]][p.value[0]], 1)} rows, ${percent(p.value[2])} of the true class`) },
          grid: { left: left + 12, right: 8, top: 8, bottom: n > 6 ? 100 : 62 },
          xAxis: axis(colors, { type: 'category', name: 'decided', nameGap: n > 6 ? 78 : 40, data: set.codes.map((_, c) => inPicture(label(c), 40)), axisTick: { show: false }, axisLabel: { interval: 0, hideOverlap: false, rotate: n > 6 ? 60 : 0, width: n > 6 ? 74 : Math.max(40, cell - 8), overflow: 'truncate', ellipsis: '\u2026' } }),
          yAxis: names(colors, set.codes.map((_, c) => inPicture(label(c), 40)), left - 20, { name: 'true', nameGap: left - 8 }),
          visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: [colors.heatLow, colors.heat] } },
          series: [{
            type: 'heatmap', itemStyle: { borderColor: colors.surface, borderWidth: 1 }, emphasis: { itemStyle: { borderColor: colors.text } },
            label: { show: shareOnly, fontSize: detail ? 13 : 10, lineHeight: 16, formatter: p => detail ? `${whole.format(Math.round(10 * set.cells[p.value[1]][p.value[0]]) / 10)}\n${percent(p.value[2])}` : p.value[2] === 0 ? '' : Math.round(100 * p.value[2]) + '%' },
            data: set.cells.flatMap((row, t) => row.map((rows, p) => { const share = set.truths[t] === 0 ? 0 : rows / set.truths[t]; return { value: [p, t, share], label: { color: share > (colors.dark ? 0.62 : 0.78) ? (colors.dark ? '#06121f' : '#ffffff') : colors.text } }; })),
          }],
        };
      },
      table: () => ({ columns: ['true \\ decided', ...set.codes.map((_, c) => label(c)), 'rows of the class'], rows: set.cells.map((row, t) => [label(t), ...row, set.truths[t]]) }),
    });
  }
}

// ---- curves: of two classes, or of a class against the others ----

const square = width => Math.min(Math.max(300, width), 430);
const curveName = set => `${set.role}: ${set.name}`;
const places = Array.from({ length: 51 }, (_, i) => i / 50);

function curve(pair, { id, title, how, y, xName, yName, band, line, extra, more, table, sets, of }) {
  return picture({
    id, title, how, heading: 'h3', into: pair, label: () => `${title} of ${of()}, ${sets().map(curveName).join(' and ')}. The numbers follow as a table.`, height: square,
    option: colors => ({
      ...base(colors),
      tooltip: { ...base(colors).tooltip, formatter: p => tip(p.seriesName, `${xName} ${figure(p.value[0])}`, `${yName} ${figure(p.value[1])}`) },
      legend: legend(colors, sets().map(s => s.role)),
      grid: { left: 56, right: 18, top: 36, bottom: 48 },
      xAxis: axis(colors, { type: 'value', name: xName, nameGap: 28, min: 0, max: 1 }),
      yAxis: axis(colors, { type: 'value', name: yName, nameGap: 38, min: 0, max: y?.max ?? 1, axisLabel: { formatter: v => figure(v, 2) } }),
      series: [
        ...(extra ? extra(colors) : []),
        ...sets().flatMap(set => {
          const color = roleColor(set.role, colors), edges = band?.(set);
          return [
            ...(edges ? [{
              type: 'custom', silent: true, z: 1, data: [[0, 0]],
              renderItem: (_, api) => ({ type: 'polygon', shape: { points: [...places.map((at, i) => api.coord([at, edges.high[i]])), ...places.map((at, i) => api.coord([at, edges.low[i]])).reverse()] }, style: { fill: color, opacity: 0.18 } }),
            }] : []),
            { name: set.role, type: 'line', z: 3, symbol: roleSymbol(set.role), showSymbol: false, symbolSize: 9, lineStyle: { width: 2, color, type: set.role === 'baseline' || set.role === 'before' ? 'dashed' : 'solid' }, itemStyle: { color }, data: line(set), ...(more ? more(set, color) : {}) },
          ];
        }),
      ],
    }),
    table,
  });
}

function points(set) {
  return set.thresholds.map((t, i) => ({ t, tp: set.truePositives[i], fp: set.falsePositives[i], recall: set.truePositives[i] / set.positives, alarms: set.falsePositives[i] / set.negatives, precision: set.truePositives[i] / (set.truePositives[i] + set.falsePositives[i]) }));
}

const flat = (name, colors, data) => ({ name, type: 'line', silent: true, symbol: 'none', lineStyle: { color: colors.muted, width: 1.5, type: [2, 4] }, data });

/** Reliability with the intervals of its bins. */
const reliability = (sets, more) => ({
  xName: 'predicted probability', yName: 'share that came true', line: s => s.reliability.map(b => [b.predicted, b.observed]), more: () => ({ showSymbol: true }), sets,
  extra: colors => [flat('perfect', colors, [[0, 0], [1, 1]]), ...sets().map(s => ({
    type: 'custom', silent: true, z: 2, encode: { x: 0, y: [1, 2] }, data: s.reliability.map(b => [b.predicted, Math.max(0, b.observed - 1.96 * b.standardError), Math.min(1, b.observed + 1.96 * b.standardError)]),
    renderItem: (_, api) => { const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(0), api.value(2)]); return { type: 'line', shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: roleColor(s.role, colors), lineWidth: 1.5 } }; },
  }))],
  table: () => ({ columns: ['model', 'predicted', 'came true', 'standard error', 'rows (all repeats)'], rows: sets().flatMap(s => s.reliability.map(b => [s.role, b.predicted, b.observed, b.standardError, b.rows])) }),
  ...more,
});

function curves() {
  const many = model.byClass, state = { entry: many?.classes.find(c => c.code === many.first) };
  const sets = many ? () => state.entry.sets : () => model.curves.sets;
  const positive = () => many ? classes[state.entry.code].label : model.curves.positive;
  if (sets().length === 0) return;
  const pair = element('div', { class: 'pair' }), intro = element('p', { class: 'how', id: 'curves-intro', 'aria-live': many ? 'polite' : null }), items = [];
  const describe = () => intro.replaceChildren(many ? 'The class ' : 'The positive class is ', named(shorten(positive(), 400)), many ? ' against the others' : '', `. Lines are of all judged rows together${sets().some(s => s.rocBand) ? ', the shaded bands reach from the lowest to the highest fold' : ''}. ${sets().map(s => `${curveName(s)}: ROC AUC ${figure(s.rocAuc, 3)}, average precision ${figure(s.averagePrecision, 3)}`).join('; ')}.`);
  const section = element('section', { id: 'curves', 'aria-labelledby': 'h-curves' }, element('h2', { id: 'h-curves' }, 'Curves'));
  main.append(section);
  contents('curves', 'Curves');
  if (many) {
    section.append(element('p', { class: 'how' }, `Each class is set against all others: its rows are the positives. ${many.note}${many.classes.length < K ? ` Of ${whole.format(K)} classes, ${many.classes.length} have curves: those with the most errors.` : ''}`));
    ranking(section, many);
    const choice = element('select', { id: 'curve-class', onchange: () => { state.entry = many.classes[+choice.value]; describe(); for (const item of items) item.refresh(); } },
      many.classes.map((c, i) => element('option', { value: i }, `${inPicture(classes[c.code].label, 60)} (${whole.format(c.sets[0].positives)} rows)`)));
    choice.value = many.classes.indexOf(state.entry);
    section.append(element('div', { class: 'controls' }, element('div', { class: 'control' }, element('label', { for: 'curve-class' }, 'Class of the curves'), choice)));
  }
  section.append(intro, pair);
  describe();
  const share = () => sets()[0].positives / (sets()[0].positives + sets()[0].negatives), of = () => many ? `class ${shorten(positive(), 60)} against the others` : 'the positive class';
  const rows = (columns, of) => () => ({ columns: ['model', ...columns], rows: sets().flatMap(s => of(s).map(row => [s.role, ...row])), note: sets().some(s => s.thresholds.length < s.distinctScores) ? `An exact selection of ${sets().map(s => `${whole.format(s.thresholds.length)} of ${whole.format(s.distinctScores)}`).join(' and ')} thresholds.` : null });
  items.push(curve(pair, {
    id: 'precision-recall', title: 'Precision and recall', how: 'For each threshold: the share of positives that are found, and the share of alarms that are right. Up and right is better. The dotted line is guessing.', sets, of,
    xName: 'recall', yName: 'precision', band: s => s.precisionBand, line: s => points(s).map(p => [p.recall, p.precision]), extra: colors => [flat('guessing', colors, [[0, share()], [1, share()]])],
    table: rows(['threshold', 'recall', 'precision'], s => points(s).map(p => [p.t, p.recall, p.precision])),
  }), curve(pair, {
    id: 'roc', title: 'ROC', how: 'For each threshold: the share of negatives that raise a false alarm, and the share of positives that are found. Up and left is better. With few positives it looks better than precision does.', sets, of,
    xName: 'false positive rate', yName: 'true positive rate', band: s => s.rocBand, line: s => [[0, 0], ...points(s).map(p => [p.alarms, p.recall])], extra: colors => [flat('guessing', colors, [[0, 0], [1, 1]])],
    table: rows(['threshold', 'false positive rate', 'true positive rate'], s => points(s).map(p => [p.t, p.alarms, p.recall])),
  }));
  if (sets().some(s => s.reliability.length > 0)) items.push(curve(pair, reliability(sets, {
    id: 'reliability', title: 'Reliability', how: 'What the model says beside what came true, in ten bins. On the dotted line probabilities can be taken at their word; weights and resampling push them off it. Bars are 95% intervals.', of,
  })));
  items.push(curve(pair, {
    id: 'cost-curve', title: 'Cost curve', how: 'The lowest cost that any threshold reaches, for every mix of class shares and costs: left, false alarms are what counts; right, misses. Lower is better. The dotted lines decide everything the same way.', sets, of,
    xName: 'probability cost of the positive class', yName: 'normalised expected cost', y: { max: 0.5 }, line: s => s.probabilityCosts.map((x, i) => [x, s.normalisedCosts[i]]), extra: colors => [flat('always the same', colors, [[0, 0], [0.5, 0.5], [1, 0]])],
    table: () => ({ columns: ['model', 'probability cost', 'normalised expected cost'], rows: sets().flatMap(s => s.probabilityCosts.map((x, i) => [s.role, x, s.normalisedCosts[i]])) }),
  }));
  if (many) curve(pair, reliability(() => many.topLabels, {
    id: 'reliability-top', title: 'Reliability of the most probable class', how: 'How sure the model is of the class that it finds most probable, whichever that is, beside how often it is right.', of: () => 'the most probable class',
  }));
}

/** How well the scores tell each class from the others. */
function ranking(section, many) {
  const codes = order.filter(c => many.classes.some(e => e.code === c)), entry = new Map(many.classes.map(e => [e.code, e]));
  const sets = many.classes[0].sets.map((s, j) => ({ role: s.role, values: classes.map((_, c) => entry.get(c)?.sets[j].averagePrecision ?? null) }));
  let item;
  const page = pager(codes.length, 40, 'Classes', () => item.refresh()), shown = () => codes.slice(page.from, page.from + page.size);
  item = picture({
    id: 'ranking', title: 'How well the scores tell each class from the others', heading: 'h3', into: section,
    how: 'Average precision of each class against the others, whatever is decided: 1 if all its rows have the highest scores of the class. A class that the scores do not tell apart cannot be helped by a threshold or an offset.',
    label: `Average precision of ${codes.length} classes. The numbers follow as a table.`, before: page.bar ? [page.bar] : [], height: () => 90 + Math.max(2, shown().length) * 28,
    option: (colors, width) => beforeAndAfter(colors, width, shown(), sets, 'average precision', 1, (role, value) => `${role}: average precision ${figure(value, 3)}`),
    table: () => ({ columns: ['class', 'rows', ...sets.flatMap(s => [`average precision, ${s.role}`, `ROC AUC, ${s.role}`])], rows: many.classes.map(e => [classes[e.code].label, e.sets[0].positives, ...e.sets.flatMap(s => [s.averagePrecision, s.rocAuc])]) }),
  });
}

// ---- two classes: live controls. The formulas are those of the library, operation by operation, so that figures are equal to the last bit ----

const divide = (part, all) => all === 0 ? 0 : part / all;
function measures(c, falseAlarm, miss) {
  const { tp, fp, fn, tn } = c, positives = tp + fn, negatives = fp + tn, total = positives + negatives, alerts = tp + fp;
  const beta = (b, tp, fp, fn) => { const q = b * b; return divide((1 + q) * tp, (1 + q) * tp + q * fn + fp); };
  const recall = divide(tp, positives), specificity = divide(tn, negatives), precision = divide(tp, alerts);
  const hasPositive = positives > 0 || alerts > 0, hasNegative = negatives > 0 || tn + fn > 0;
  const f1 = beta(1, tp, fp, fn), mirrored = beta(1, tn, fn, fp), sum = (hasPositive ? f1 : 0) + (hasNegative ? mirrored : 0);
  const product = alerts * positives * negatives * (tn + fn), chance = alerts * positives + (total - alerts) * negatives, all = total * total;
  return {
    'accuracy': total === 0 ? 0 : (tp + tn) / total,
    'balanced-accuracy': positives === 0 ? specificity : negatives === 0 ? recall : (recall + specificity) / 2,
    'precision': precision, 'recall': recall, 'specificity': specificity, 'f1': f1, 'f2': beta(2, tp, fp, fn),
    'macro-f1': hasPositive && hasNegative ? sum / 2 : sum,
    'weighted-f1': total === 0 ? 0 : (positives * f1 + negatives * mirrored) / total,
    'g-mean': hasPositive && hasNegative ? Math.sqrt(recall * specificity) : hasPositive ? recall : specificity,
    'mcc': product <= 0 ? 0 : (tp * tn - fp * fn) / Math.sqrt(product),
    'kappa': all - chance <= 0 ? 0 : ((tp + tn) * total - chance) / (all - chance),
    'expected-cost': total === 0 ? 0 : (0 * tp + falseAlarm * fp + miss * fn + 0 * tn) / total,
  };
}

function live() {
  const { sets, positive, negative, falsePositiveCost, falseNegativeCost } = model.curves;
  if (sets.length === 0) return;
  // Ascending, and a last place above every score, where nothing is decided positive.
  const tables = sets.map(s => ({ set: s, at: [...points(s).reverse().map(p => ({ t: p.t, tp: p.tp, fp: p.fp })), { t: Infinity, tp: 0, fp: 0 }] }));
  const unit = falsePositiveCost > 0 ? falsePositiveCost : 1;
  const given = falsePositiveCost > 0 && falseNegativeCost > 0 ? falseNegativeCost / falsePositiveCost : null;
  const state = { table: tables[tables.length - 1], index: 0, ratio: given ?? Math.max(1, Math.round(sets[0].negatives / sets[0].positives)) };
  const cells = p => ({ tp: p.tp, fp: p.fp, fn: state.table.set.positives - p.tp, tn: state.table.set.negatives - p.fp });
  const atOrAbove = t => { const i = state.table.at.findIndex(p => p.t >= t); return i < 0 ? state.table.at.length - 1 : i; };
  const cheapest = () => { let best = 0, least = Infinity; state.table.at.forEach((p, i) => { const cost = measures(cells(p), unit, unit * state.ratio)['expected-cost']; if (cost < least) [best, least] = [i, cost]; }); return best; };
  const text = t => t === Infinity ? 'above every score' : figure(t);

  const slider = element('input', { type: 'range', id: 'live-threshold', min: 0, step: 1, oninput: () => { follow.checked = false; state.index = +slider.value; update(); } });
  const exact = element('input', { type: 'number', id: 'live-threshold-number', step: 'any', 'aria-label': 'Threshold as a number', onchange: () => { if (exact.value === '') return; follow.checked = false; state.index = atOrAbove(+exact.value); update(); } });
  const costSlider = element('input', { type: 'range', id: 'live-ratio', min: -200, max: 400, step: 1, oninput: () => setRatio(Number((10 ** (costSlider.value / 100)).toPrecision(2))) });
  const costNumber = element('input', { type: 'number', id: 'live-ratio-number', min: 0, step: 'any', 'aria-label': 'Cost of a miss in false alarms, as a number', onchange: () => { const v = +costNumber.value; if (costNumber.value !== '' && v >= 0 && Number.isFinite(v)) setRatio(v); } });
  const follow = element('input', { type: 'checkbox', id: 'live-follow', onchange: () => update() });
  const setRatio = ratio => { state.ratio = ratio; update(); };
  const models = element('fieldset', null, element('legend', null, 'Model'), tables.map(table => {
    const radio = element('input', { type: 'radio', name: 'live-model', value: table.set.role, onchange: () => { const t = state.table.at[state.index].t; state.table = table; state.index = atOrAbove(t); slider.max = table.at.length - 1; update(true); } });
    radio.checked = table === state.table;
    return element('label', null, radio, element('span', null, curveName(table.set)));
  }));
  const summary = element('p', { class: 'summary', 'aria-live': 'polite', id: 'live-summary' });
  const note = element('small', null);
  const matrix = element('div', { id: 'live-confusion' }), list = element('div', { id: 'live-metrics' });
  const section = element('section', { id: 'live', 'aria-labelledby': 'h-live' }, element('h2', { id: 'h-live' }, 'Try a threshold'),
    element('p', { class: 'how' }, 'A row is decided positive, ', named(positive), ', if its score is at least the threshold. Move the threshold, or say how many false alarms you would accept to avoid one miss, and see at once what it does. Figures are of all judged rows together, at thresholds that occur among the scores; they can differ a little from means over folds. A threshold picked here by its result is picked on these very rows: expect a little less on new ones.'),
    element('div', { class: 'controls' }, models,
      element('div', { class: 'control' }, element('label', { for: 'live-threshold' }, 'Threshold'), slider, exact, note),
      element('div', { class: 'control' }, element('label', { for: 'live-ratio' }, 'A miss costs as much as this many false alarms'), costSlider, costNumber),
      element('div', null, element('label', null, follow, element('span', null, 'Keep the threshold at the cheapest for this cost')))),
    summary, element('div', { class: 'results' }, matrix, list));
  main.append(section);
  contents('live', 'Try a threshold');

  const lines = ['precision', 'recall', 'f1', 'specificity'];
  const item = picture({
    id: 'live-chart', title: 'Metrics over the threshold', how: 'The vertical line is the threshold above. Where the lines are flat, the threshold hardly matters.', heading: 'h3', into: section,
    label: 'Precision, recall, F1 and specificity at every threshold. The numbers follow as a table.', height: 330,
    option: colors => ({
      ...base(colors),
      tooltip: { ...base(colors).tooltip, formatter: p => tip(p.seriesName, `threshold ${figure(p.value[0])}`, figure(p.value[1])) },
      legend: legend(colors, lines), grid: { left: 48, right: 18, top: 36, bottom: 48 },
      xAxis: axis(colors, { type: 'value', name: 'threshold', nameGap: 28, min: 'dataMin', max: 'dataMax', axisLabel: { formatter: v => figure(v, 2), showMinLabel: false, showMaxLabel: false } }),
      yAxis: axis(colors, { type: 'value', min: 0, max: 1 }),
      series: [
        ...lines.map((name, i) => ({ name, type: 'line', showSymbol: false, symbolSize: 8, symbol: symbols[i], lineStyle: { width: 2, type: ['solid', 'dashed', 'dotted', [8, 3, 2, 3]][i], color: colors.series[i] }, itemStyle: { color: colors.series[i] }, data: state.table.at.slice(0, -1).map(p => [p.t, measures(cells(p), unit, unit * state.ratio)[name]]) })),
        { id: 'now', type: 'line', data: [], markLine: mark(colors) },
      ],
    }),
    table: () => ({ columns: ['threshold', 'found', 'false alarms', ...lines, 'expected-cost'], rows: state.table.at.slice(0, -1).map(p => { const m = measures(cells(p), unit, unit * state.ratio); return [p.t, p.tp / state.table.set.repeats, p.fp / state.table.set.repeats, ...lines.map(n => m[n]), m['expected-cost']]; }), note: 'Counts are rows, each judged once.' }),
  });
  const mark = colors => ({ silent: true, precision: 12, symbol: 'none', label: { show: false }, lineStyle: { color: colors.text, width: 2, type: 'solid' }, data: Number.isFinite(state.table.at[state.index].t) ? [{ xAxis: state.table.at[state.index].t }] : [] });

  function update(all = false) {
    if (follow.checked) state.index = cheapest();
    const p = state.table.at[state.index], set = state.table.set, c = cells(p), m = measures(c, unit, unit * state.ratio);
    const half = measures(cells(state.table.at[atOrAbove(0.5)]), unit, unit * state.ratio), rows = n => n / set.repeats;
    slider.value = state.index;
    slider.setAttribute('aria-valuetext', text(p.t));
    if (document.activeElement !== exact || Number.isFinite(p.t)) exact.value = Number.isFinite(p.t) ? +p.t.toPrecision(6) : '';
    costSlider.value = Math.round(100 * Math.log10(Math.max(1e-9, state.ratio)));
    costSlider.setAttribute('aria-valuetext', `${figure(state.ratio, 2)} false alarms`);
    costNumber.value = state.ratio;
    note.textContent = `${text(p.t)}: place ${whole.format(state.index + 1)} of ${whole.format(state.table.at.length)}${set.thresholds.length < set.distinctScores ? `, an exact selection of ${whole.format(set.distinctScores)} scores` : ''}.`;
    section.dataset.threshold = String(p.t);
    summary.textContent = `Threshold ${text(p.t)}: ${figure(rows(c.tp), 1)} of ${figure(rows(set.positives), 1)} positives found, ${figure(rows(c.fp), 1)} false alarms; a row costs ${figure(m['expected-cost'])} on average.`;
    const cell = (name, n) => element('td', { class: 'n', 'data-cell': name, 'data-value': String(n) }, figure(rows(n), 1));
    matrix.replaceChildren(element('table', null, element('caption', null, `Confusion matrix, rows${set.repeats > 1 ? ` (mean of ${set.repeats} repeats)` : ''}`),
      element('thead', null, element('tr', null, element('th', { scope: 'col' }, 'true \\ decided'), element('th', { scope: 'col', class: 'n' }, named(shorten(positive, 30))), element('th', { scope: 'col', class: 'n' }, named(shorten(negative, 30))))),
      element('tbody', null,
        element('tr', null, element('th', { scope: 'row' }, named(shorten(positive, 30))), cell('tp', c.tp), cell('fn', c.fn)),
        element('tr', null, element('th', { scope: 'row' }, named(shorten(negative, 30))), cell('fp', c.fp), cell('tn', c.tn)))));
    list.replaceChildren(element('table', null, element('caption', null, 'Metrics'),
      element('thead', null, element('tr', null, ['metric', 'here', 'at 0.5', 'change'].map((n, i) => element('th', { scope: 'col', class: i ? 'n' : null }, n)))),
      element('tbody', null, Object.keys(m).map(name => element('tr', null, element('th', { scope: 'row' }, name),
        element('td', { class: 'n', 'data-metric': name, 'data-value': String(m[name]) }, figure(m[name])), element('td', { class: 'n' }, figure(half[name])), element('td', { class: 'n' }, signed(m[name] - half[name])))))));
    if (all) item.refresh();
    else if (item.chart) item.chart.setOption({ series: [{ id: 'now', markLine: mark(palette()) }] });
  }

  slider.max = state.table.at.length - 1;
  follow.checked = true;
  update();
}

// ---- more classes: live controls. Decisions and formulas are those of the library, operation by operation; only the geometric mean, which takes logarithms, may differ in the last digit ----

const fromBase64 = text => Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer;

/** The metrics of a confusion matrix (K x K, true by decided) and what they are made of. */
function classMeasures(cells, costs) {
  const truths = new Array(K).fill(0), decided = new Array(K).fill(0), recall = [], precision = [], f1 = [];
  let total = 0, correct = 0, cost = 0;
  for (let t = 0; t < K; t++) {
    for (let p = 0; p < K; p++) { truths[t] += cells[t * K + p]; decided[p] += cells[t * K + p]; }
    total += truths[t];
    correct += cells[t * K + t];
  }
  let recalls = 0, occurring = 0, p = 0, r = 0, f = 0, weighted = 0, averaged = 0, logarithms = 0, both = 0, truth = 0, predicted = 0, observed = 0, expected = 0;
  for (let c = 0; c < K; c++) {
    recall[c] = divide(cells[c * K + c], truths[c]);
    precision[c] = divide(cells[c * K + c], decided[c]);
    f1[c] = precision[c] + recall[c] === 0 ? 0 : 2 * precision[c] * recall[c] / (precision[c] + recall[c]);
    if (truths[c] !== 0) { occurring++; recalls += recall[c]; }
    weighted += f1[c] * truths[c];
    both += truths[c] * decided[c];
    truth += truths[c] * truths[c];
    predicted += decided[c] * decided[c];
    if (truths[c] === 0 && decided[c] === 0) continue;
    averaged++;
    p += precision[c];
    r += recall[c];
    f += f1[c];
    logarithms += Math.log(recall[c]);
  }
  for (let t = 0; t < K; t++)
    for (let d = 0; d < K; d++) {
      cost += cells[t * K + d] * costs[t * K + d];
      observed += (t === d ? 0 : 1) * cells[t * K + d];
      expected += (t === d ? 0 : 1) * truths[t] * decided[d];
    }
  const square = total * total, product = (square - truth) * (square - predicted), kappa = 1 - observed / (expected / total);
  return {
    truths, decided, recall: recall.map((v, c) => truths[c] === 0 ? null : v), precision: precision.map((v, c) => decided[c] === 0 ? null : v), f1,
    metrics: {
      'accuracy': divide(correct, total), 'balanced-accuracy': divide(recalls, occurring), 'macro-f1': divide(f, averaged), 'weighted-f1': divide(weighted, total), 'precision': divide(p, averaged), 'recall': divide(r, averaged),
      'g-mean': averaged === 0 ? 0 : Math.exp(logarithms / averaged), 'mcc': product <= 0 ? 0 : (correct * total - both) / Math.sqrt(product), 'kappa': Number.isNaN(kappa) ? 0 : kappa, 'expected-cost': divide(cost, total),
    },
  };
}

function liveClasses() {
  const { rows, of, costs, offsets: found } = model.scores;
  const truth = new Uint16Array(fromBase64(model.scores.truth)), sets = model.scores.sets.map(s => ({ ...s, scores: new Float32Array(fromBase64(s.probabilities)) }));
  const weights = model.scores.weights ? new Float32Array(fromBase64(model.scores.weights)) : null, weightOf = i => weights ? weights[i] : 1;
  const unit = costs ?? classes.flatMap((_, t) => classes.map((_, p) => t === p ? 0 : 1));
  const counts = new Array(K).fill(0);
  truth.forEach((t, i) => { counts[t] += weightOf(i); });
  const total = counts.reduce((sum, n) => sum + n, 0);
  const zeros = () => new Array(K).fill(0);
  const state = { set: sets[0], rule: found ? 'found' : 'equal', offsets: zeros(), costs: new Array(K).fill(1), now: null, before: null };
  const equal = counts.map(n => n === 0 ? 0 : Math.log(total / n));
  const few = K <= 12, chosen = { code: bySize.at(-1) };

  /** The confusion matrix of a decision: the class of the highest product of score and factor, or of the least expected cost; the first of equals. */
  function decide(scores, factors, matrix) {
    const cells = new Array(K * K).fill(0), risks = new Float64Array(K);
    for (let i = 0; i < rows; i++) {
      let best = 0;
      if (matrix) {
        risks.fill(0);
        for (let c = 0; c < K; c++) { const p = scores[i * K + c]; for (let j = 0; j < K; j++) risks[j] += p * matrix[c * K + j]; }
        for (let j = 1; j < K; j++) if (risks[j] < risks[best]) best = j;
      } else {
        let most = -Infinity;
        for (let c = 0; c < K; c++) { const value = scores[i * K + c] * factors[c]; if (value > most) { best = c; most = value; } }
      }
      cells[truth[i] * K + best] += weightOf(i);
    }
    return cells;
  }
  const matrix = () => unit.map((cost, i) => cost * state.costs[Math.floor(i / K)]);
  const factors = () => { const largest = Math.max(...state.offsets); return state.offsets.map(o => Math.exp(o - largest)); };

  const rule = element('select', { id: 'live-rule', onchange: () => { state.rule = rule.value; if (rule.value in presets) state.offsets = [...presets[rule.value]]; update(); } });
  const presets = { argmax: zeros(), equal, ...(found ? { found } : {}) };
  const rules = [['argmax', 'the most probable class'], ['equal', 'as if every class were equally frequent (for scores of training without weights)'], ...(found ? [['found', 'the offsets that were found for this file']] : []), ['own', 'own offsets, by the controls below'], ['cheapest', 'the least expected cost, at the costs below']];
  rule.append(...rules.map(([value, text]) => element('option', { value }, text)));
  const setOffset = (c, value) => { state.offsets[c] = value; state.rule = 'own'; update(); };
  const controls = new Map(), place = element('div', { class: 'classes' });
  function control(c) {
    const name = shorten(classes[c].label, 60);
    const slider = element('input', { type: 'range', id: 'live-offset-' + c, min: -6, max: 6, step: 0.05, 'aria-label': 'Offset of ' + name, oninput: () => setOffset(c, +slider.value) });
    const exact = element('input', { type: 'number', id: `live-offset-${c}-number`, step: 'any', 'aria-label': `Offset of ${name} as a number`, onchange: () => { if (exact.value !== '' && Number.isFinite(+exact.value)) setOffset(c, +exact.value); } });
    const cost = element('input', { type: 'number', id: 'live-cost-' + c, min: 0, step: 'any', 'aria-label': `Cost of an error on ${name}`, onchange: () => { if (cost.value !== '' && +cost.value >= 0 && Number.isFinite(+cost.value)) { state.costs[c] = +cost.value; update(); } } });
    controls.set(c, { slider, exact, cost });
    return element('div', { class: 'control three', role: 'group', 'aria-label': name }, element('b', null, named(shorten(classes[c].label, 60)), ` (${whole.format(counts[c])} rows)`), slider, exact, cost);
  }
  const heads = element('div', { class: 'control three heads' }, element('span', { class: 'of-offsets' }, 'Offset: above 0 the class is decided more often'), element('span', { class: 'of-offsets' }, ''), element('span', null, costs ? 'Times the given cost of an error on it' : 'Cost of an error on it'));
  const show = () => { controls.clear(); place.replaceChildren(heads, ...(few ? order : [chosen.code]).map(control)); };
  const choice = few ? null : element('select', { id: 'live-class', onchange: () => { chosen.code = +choice.value; show(); update(); } }, order.map(c => element('option', { value: c }, `${inPicture(classes[c].label, 60)} (${whole.format(counts[c])} rows)`)));
  if (choice) choice.value = chosen.code;
  const models = sets.length < 2 ? null : element('fieldset', null, element('legend', null, 'Model'), sets.map(set => {
    const radio = element('input', { type: 'radio', name: 'live-model', value: set.role, onchange: () => { state.set = set; update(); } });
    radio.checked = set === state.set;
    return element('label', null, radio, element('span', null, curveName(set)));
  }));
  const summary = element('p', { class: 'summary', 'aria-live': 'polite', id: 'live-summary' }), matrixPlace = element('div', { id: 'live-confusion' }), list = element('div', { id: 'live-metrics' });
  const section = element('section', { id: 'live', 'aria-labelledby': 'h-live' }, element('h2', { id: 'h-live' }, 'Try other decisions'),
    element('p', { class: 'how' }, `An offset is added to the logarithm of a class's probability before the largest decides: 0.69 doubles the probability, \u22120.69 halves it. Or say what an error on each class costs. Everything below follows at once. Decisions are made here, for ${whole.format(rows)}${rows < of ? ` of the ${whole.format(of)} judged rows, an even selection of every class` : ' judged rows'}, and figures are of these rows; they can differ a little from means over folds. Offsets picked here by their result are picked on these very rows: expect a little less on new ones.`),
    element('div', { class: 'controls' }, models,
      element('div', { class: 'control' }, element('label', { for: 'live-rule' }, 'Decide by'), rule),
      choice ? element('div', { class: 'control' }, element('label', { for: 'live-class' }, 'Class'), choice) : null, place),
    summary, element('div', { class: 'results' }, matrixPlace, list));
  main.append(section);
  contents('live', 'Try other decisions');

  let item;
  const page = pager(K, 40, 'Classes', () => item.refresh()), shown = () => order.slice(page.from, page.from + page.size);
  item = picture({
    id: 'live-chart', title: 'What this decision finds of each class', heading: 'h3', into: section, how: 'Recall of each class: before, if the most probable class is decided; after, by the decision above. The table has precision and F1 too.',
    label: `Recall of ${K} classes before and after. The numbers follow as a table.`, before: page.bar ? [page.bar] : [], height: () => 90 + Math.max(2, shown().length) * 28,
    option: (colors, width) => beforeAndAfter(colors, width, shown(), [{ role: 'before', values: state.before.recall }, { role: 'after', values: state.now.recall }], 'recall', 1, (role, share) => `${role}: ${percent(share)} found`),
    table: () => ({
      columns: ['class', 'rows', 'offset', 'decided before', 'decided after', 'recall before', 'recall after', 'precision before', 'precision after', 'F1 before', 'F1 after'],
      rows: classes.map((c, i) => [c.label, state.now.truths[i], state.rule === 'cheapest' ? null : state.offsets[i], ...['decided', 'recall', 'precision', 'f1'].flatMap(k => [state.before[k][i], state.now[k][i]])]),
    }),
  });

  function update() {
    const costsNow = matrix(), cells = decide(state.set.scores, factors(), state.rule === 'cheapest' ? costsNow : null);
    state.before = classMeasures(decide(state.set.scores, new Array(K).fill(1), null), costsNow);
    state.now = classMeasures(cells, costsNow);
    const m = state.now.metrics, was = state.before.metrics;
    rule.value = state.rule;
    for (const node of section.querySelectorAll('.of-offsets')) node.hidden = state.rule === 'cheapest';
    for (const [c, { slider, exact, cost }] of controls) {
      slider.value = state.offsets[c];
      slider.setAttribute('aria-valuetext', `${figure(state.offsets[c], 2)}, the probability times ${figure(Math.exp(state.offsets[c]), 2)}`);
      exact.value = +state.offsets[c].toPrecision(6);
      cost.value = state.costs[c];
      slider.hidden = exact.hidden = state.rule === 'cheapest';
    }
    place.classList.toggle('cheapest', state.rule === 'cheapest');
    Object.assign(section.dataset, { model: state.set.role, rule: state.rule, offsets: JSON.stringify(state.offsets), costs: JSON.stringify(costsNow) });
    summary.textContent = `Balanced accuracy ${figure(m['balanced-accuracy'])} (the most probable class: ${figure(was['balanced-accuracy'])}), accuracy ${figure(m.accuracy)} (${figure(was.accuracy)}); a row costs ${figure(m['expected-cost'])} (${figure(was['expected-cost'])}) on average.`;
    const short = c => named(shorten(classes[c].label, 24)), all = [...classes.keys()];
    if (K <= 24) matrixPlace.replaceChildren(element('table', null, element('caption', null, 'Confusion matrix, rows'),
      element('thead', null, element('tr', null, element('th', { scope: 'col' }, 'true \\ decided'), all.map(c => element('th', { scope: 'col', class: 'n' }, short(c))), element('th', { scope: 'col', class: 'n' }, 'found'))),
      element('tbody', null, all.map(t => element('tr', null, element('th', { scope: 'row' }, short(t)), all.map(p => element('td', { class: t === p ? 'n right' : 'n', 'data-cell': `${t},${p}`, 'data-value': String(cells[t * K + p]) }, whole.format(cells[t * K + p]))),
        element('td', { class: 'n' }, state.now.recall[t] === null ? '\u2013' : percent(state.now.recall[t])))))));
    else {
      const errors = cells.map((n, i) => [n, i]).filter(([n, i]) => n > 0 && Math.floor(i / K) !== i % K).sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, 12);
      matrixPlace.replaceChildren(element('table', null, element('caption', null, 'The most frequent errors'),
        element('thead', null, element('tr', null, ['true', 'decided', 'rows'].map((n, i) => element('th', { scope: 'col', class: i === 2 ? 'n' : null }, n)))),
        element('tbody', null, errors.map(([n, i]) => element('tr', null, element('th', { scope: 'row' }, short(Math.floor(i / K))), element('td', null, short(i % K)), element('td', { class: 'n', 'data-cell': `${Math.floor(i / K)},${i % K}`, 'data-value': String(n) }, whole.format(n)))))));
    }
    list.replaceChildren(element('table', null, element('caption', null, 'Metrics'),
      element('thead', null, element('tr', null, ['metric', 'here', 'most probable', 'change'].map((n, i) => element('th', { scope: 'col', class: i ? 'n' : null }, n)))),
      element('tbody', null, Object.keys(m).map(name => element('tr', null, element('th', { scope: 'row' }, name),
        element('td', { class: 'n', 'data-metric': name, 'data-value': String(m[name]) }, figure(m[name])), element('td', { class: 'n' }, figure(was[name])), element('td', { class: 'n' }, signed(m[name] - was[name])))))));
    item.refresh();
  }
  show();
  state.offsets = [...presets[state.rule]];
  update();
}

// ---- searches and the front ----

const ofRows = share => share >= 1 ? 'all rows' : `1/${Math.round(1 / share)} of the rows`;

function searches() {
  const { metric, higherIsBetter } = model.comparison;
  const section = element('section', { id: 'searches', 'aria-labelledby': 'h-searches' }, element('h2', { id: 'h-searches' }, 'What was searched'),
    element('p', { class: 'how' }, `Each line is a value that was tried. A search begins with all of them on a part of the training rows; the best third goes on to three times as many rows, and the last enter the comparison. The large mark is the mean ${metric} on the most rows that a value reached, the bar its 95% interval, the small marks the rungs before it. ${higherIsBetter ? 'Further right' : 'Further left'} is better, among marks of as many rows.`));
  main.append(section);
  contents('searches', 'What was searched');
  model.searches.forEach((search, at) => {
    const judged = search.configurations.filter(c => c.rungs.length > 0), entered = search.configurations.filter(c => c.entered);
    const title = `${search.learner} \u00b7 ${search.space}`;
    const words = `${search.configurations.length} configurations, ${entered.length} of them in the comparison${search.complete ? '' : '; its time was up before it ended'}.`;
    const table = () => ({
      columns: ['configuration', 'share of rows', 'folds', `mean ${metric}`, '95% low', '95% high', 'became'],
      rows: search.configurations.flatMap(c => c.rungs.length === 0 ? [[c.remedy, null, null, null, null, null, c.entered ? 'in the comparison' : c.reason ?? 'not judged']]
        : c.rungs.map((r, i) => [c.remedy, r.rowShare, r.folds, r.mean, r.ciLow, r.ciHigh, i < c.rungs.length - 1 ? 'went on' : c.entered ? 'in the comparison' : c.reason ?? 'stopped'])),
    });
    if (judged.length === 0) {
      const details = element('details', { id: 'table-search-' + (at + 1) }, element('summary', null, 'The numbers: ' + title), tableOf(title, table()));
      section.append(element('h3', null, title), element('p', null, words, ' Too few rows to halve: all that could be trained are in the comparison.'), details);
      return;
    }
    let item;
    const page = pager(judged.length, 30, 'Configurations', () => item.refresh()), shown = () => judged.slice(page.from, page.from + page.size);
    const all = judged.flatMap(c => c.rungs.flatMap(r => [r.mean, r.ciLow ?? r.mean, r.ciHigh ?? r.mean])), low = Math.min(...all), high = Math.max(...all), pad = (high - low || Math.abs(high) || 1) * 0.04;
    const name = (c, width) => lineBreaks(`${c.remedy} \u00b7 ${ofRows(c.rungs.at(-1).rowShare)}`, width < 760 ? 0 : width);
    const kinds = [['in the comparison', 'diamond', 14, c => c.entered, 'advised'], ['stopped', 'triangle', 10, c => !c.entered, 'other']];
    item = picture({
      id: 'search-' + (at + 1), title, heading: 'h3', into: section, how: words, label: `${judged.length} configurations of ${title} with their intervals. The numbers follow as a table.`, before: page.bar ? [page.bar] : [],
      height: width => 90 + shown().reduce((sum, c) => sum + 13 + 15 * name(c, width).split('\n').length, 0),
      option: (colors, width) => {
        const lines = shown(), texts = lines.map(c => name(c, width)), left = leftMargin(width, texts), color = c => c.entered ? colors.advised : colors.other;
        return {
          ...base(colors),
          tooltip: { ...base(colors).tooltip, formatter: p => { const c = lines[p.value[1]]; return tip(c.remedy, ...c.rungs.map(r => `${ofRows(r.rowShare)}: ${figure(r.mean)} (95% interval ${figure(r.ciLow)} to ${figure(r.ciHigh)}, ${r.folds} folds)`), c.entered ? 'entered the comparison' : c.reason ?? 'stopped'); } },
          legend: legend(colors, [...kinds.map(k => k[0]), 'rungs before']),
          grid: { left: left + 8, right: 20, top: 36, bottom: 46 },
          xAxis: axis(colors, { type: 'value', name: metric, nameGap: 28, min: low - pad, max: high + pad, axisLabel: { formatter: v => figure(v, 3), showMinLabel: false, showMaxLabel: false } }),
          yAxis: names(colors, texts, left, { axisLabel: width < 500 ? { fontSize: 11 } : {} }),
          series: [
            { type: 'custom', silent: true, z: 1, data: lines.map((c, i) => { const r = c.rungs.at(-1); return [r.ciLow ?? r.mean, i, r.ciHigh ?? r.mean]; }), encode: { x: [0, 2], y: 1 }, renderItem: (_, api) => interval(api, color(lines[api.value(1)])) },
            ...kinds.map(([kind, symbol, size, is, shade]) => ({ name: kind, type: 'scatter', z: 3, symbol, symbolSize: size, itemStyle: kind === 'stopped' ? { color: colors.surface, borderColor: colors[shade], borderWidth: 2 } : { color: colors[shade] }, data: lines.flatMap((c, i) => is(c) ? [[c.rungs.at(-1).mean, i]] : []) })),
            { name: 'rungs before', type: 'scatter', z: 2, symbol: 'circle', symbolSize: 6, itemStyle: { color: colors.same }, data: lines.flatMap((c, i) => c.rungs.slice(0, -1).map(r => [r.mean, i])) },
          ],
        };
      },
      table,
    });
  });
}

const MOST_LISTED = 12;

function front() {
  const metrics = model.front, { candidates, metricNames } = model.comparison, at = metrics.map(m => metricNames.indexOf(m.name));
  const rows = candidates.filter(c => c.mean !== null && at.every(i => c.metrics[i] !== null && c.metrics[i] !== undefined)), value = (c, m) => c.metrics[at[m]];
  if (metrics.length < 2 || rows.length === 0) return;
  const best = rows.filter(c => c.onFront), number = new Map(best.map((c, i) => [c, i + 1])), state = { x: 0, y: 1 };
  const range = (of, m) => { const v = of.map(c => value(c, m)); return [Math.min(...v), Math.max(...v)]; };
  const wide = metrics.some((_, m) => { const [a, b] = range(best, m), [low, high] = range(rows, m); return b - a < (high - low) / 3; });
  const close = element('input', { type: 'checkbox', id: 'front-close', onchange: () => item.refresh() });
  close.checked = wide;
  const section = element('section', { id: 'front', 'aria-labelledby': 'h-front' }, element('h2', { id: 'h-front' }, 'What one metric costs another'),
    element('p', { class: 'how' }, `The Pareto front: no other candidate is as good by ${metrics.length === 2 ? 'both metrics' : `all ${metrics.length} metrics`} and better by one. Whatever is not on it can be left aside; along it, one metric is paid for with another, and which you take is your choice. ${metrics[0].name} decided the recommendation.`));
  main.append(section);
  contents('front', 'Pareto front');
  let item;
  const says = m => `${metrics[m].name} (${metrics[m].higherIsBetter ? 'more' : 'less'} is better)`;
  const choose = (axisName, key) => {
    const select = element('select', { id: 'front-' + key, onchange: () => { state[key] = +select.value; item.refresh(); } }, metrics.map((_, m) => element('option', { value: m }, says(m))));
    select.value = state[key];
    return element('div', { class: 'control' }, element('label', { for: 'front-' + key }, axisName), select);
  };
  if (metrics.length > 2 || wide) section.append(element('div', { class: 'controls' }, metrics.length > 2 ? [choose('Across', 'x'), choose('Up', 'y')] : null, wide ? element('div', null, element('label', null, close, element('span', null, 'Close up: leave out what is far from the front'))) : null));
  const kind = c => c.isRecommended ? 'recommended' : c.isBaseline ? 'baseline' : c.onFront ? 'on the front' : 'others';
  const kinds = [['recommended', 'diamond', 16, 'advised'], ['baseline', 'circle', 12, 'baseline'], ['on the front', 'rect', 11, 'same'], ['others', 'triangle', 9, 'other']].filter(([k]) => rows.some(c => kind(c) === k));
  item = picture({
    id: 'pareto', title: 'The Pareto front', heading: 'h3', into: section, how: `Each mark is a candidate; those with a number are on the front${metrics.length === 2 ? ', which the line joins' : ''}.`,
    label: () => `${rows.length} candidates by ${metrics[state.x].name} and ${metrics[state.y].name}, ${best.length} of them on the Pareto front. The numbers follow as a table.`, height: width => Math.min(Math.max(340, width * 0.8), 520),
    option: colors => {
      const span = m => { const [low, high] = range(close.checked ? [...best, ...rows.filter(c => c.isBaseline)] : rows, m), pad = (high - low || Math.abs(high) * 0.01 || 1) * (close.checked ? 0.25 : 0.08); return { min: low - pad, max: high + pad }; };
      const place = (m, more) => axis(colors, { type: 'value', name: says(m), ...span(m), axisLabel: { formatter: v => figure(v, 3), showMinLabel: false, showMaxLabel: false }, ...more });
      const line = [...best].sort((a, b) => value(a, state.x) - value(b, state.x)).map(c => [value(c, state.x), value(c, state.y)]);
      return {
        ...base(colors),
        tooltip: { ...base(colors).tooltip, formatter: p => { const c = p.data?.candidate; return c === undefined ? '' : tip(fullName(rows[c]), ...metrics.map((m, i) => `${m.name} ${figure(value(rows[c], i))}`), kind(rows[c]) + (rows[c].onFront && kind(rows[c]) !== 'on the front' ? ', on the front' : '')); } },
        legend: legend(colors, kinds.map(k => k[0])), grid: { left: 64, right: 24, top: 36, bottom: 48 },
        xAxis: place(state.x, { nameGap: 28 }), yAxis: place(state.y, { nameGap: 46 }),
        series: [
          ...(metrics.length === 2 ? [{ type: 'line', silent: true, z: 1, symbol: 'none', lineStyle: { color: colors.same, width: 1.5, type: 'dashed' }, data: line }] : []),
          ...kinds.map(([k, symbol, size, shade], i) => ({
            name: k, type: 'scatter', z: 9 - i, clip: true, symbol, symbolSize: size, itemStyle: { color: colors[shade] }, labelLayout: { hideOverlap: true },
            data: rows.flatMap((c, i) => kind(c) === k ? [{ value: [value(c, state.x), value(c, state.y)], candidate: i, label: { show: c.onFront, position: 'top', color: colors.text, formatter: String(number.get(c)) } }] : []),
          })),
        ],
      };
    },
    table: () => ({ columns: ['learner', 'remedy', ...metrics.map(m => m.name), 'number on the front'], rows: rows.map(c => [c.learner, c.remedy, ...metrics.map((_, m) => value(c, m)), number.get(c) ?? null]) }),
  });
  section.append(...[element('h3', null, 'On the front'), element('ol', { class: 'findings', id: 'front-list' }, best.slice(0, MOST_LISTED).map(c => element('li', null, `${fullName(c)}: ${metrics.map((m, i) => `${m.name} ${figure(value(c, i), 3)}`).join(', ')}${c.isRecommended ? ' (recommended)' : c.isBaseline ? ' (baseline)' : ''}`))),
    best.length > MOST_LISTED ? element('p', null, `and ${best.length - MOST_LISTED} more, in the table.`) : null].filter(node => node !== null));
}

// ---- explain: what weights do. The arithmetic is the library's, operation by operation, so that figures are equal to the last bit ----

function chanceAbsent(count, batch) {
  if (count === 0) return 1;
  if (N - count < batch) return 0;
  let chance = 1;
  for (let i = 0; i < batch && chance > 0; i++) chance *= (N - count - i) / (N - i);
  return chance;
}

function diagnosed(scheme, batch, reduction) {
  let mean = 0;
  for (let c = 0; c < K; c++) mean += scheme.weights[c] * (classes[c].count / N);
  const lone = classes.map((entry, c) => {
    const weight = scheme.weights[c], others = N === entry.count ? 0 : (mean * N - weight * entry.count) / (N - entry.count), share = weight / (weight + (batch - 1) * others);
    return Number.isNaN(share) ? 0 : share;
  });
  const growth = N / scheme.effectiveSampleSize, largest = lone.reduce((a, b) => Math.max(a, b));
  return {
    'accuracy': scheme.accuracyAfter, 'balanced accuracy': scheme.balancedAccuracyAfter, 'effective rows': scheme.effectiveSampleSize,
    'effective rows of a batch': batch * scheme.effectiveSampleSize / N, 'growth of the gradient\u2019s variance': growth, 'learning rate that offsets it': 1 / growth,
    'mean row weight': mean, 'factor on the learning rate': reduction === 'weighted-mean' ? 1 : mean, 'largest share of one row': largest, 'learning rate that makes it an equal share': 1 / (largest * batch),
    lone,
  };
}

const bars = (colors, width, rows, values, { xName, color, format, max, line, left: given, textOf }) => {
  const texts = rows.map(textOf), left = given ?? leftMargin(width, texts);
  return {
    ...base(colors),
    tooltip: { ...base(colors).tooltip, formatter: p => tip(texts[p.dataIndex], format(values[p.dataIndex])) },
    grid: { left: left + 8, right: 92, top: 4, bottom: 44 },
    xAxis: axis(colors, { type: 'value', name: xName, nameGap: 26, min: 0, max, axisLabel: { formatter: v => format(v), showMaxLabel: false } }),
    yAxis: names(colors, texts, left),
    series: [{
      type: 'bar', barMaxWidth: 20, data: values.map((value, i) => ({ value, itemStyle: { color: color(i) } })), label: { show: true, position: 'right', color: colors.text, formatter: p => format(p.value) },
      markLine: line === undefined ? undefined : { silent: true, precision: 12, symbol: 'none', label: { show: false }, lineStyle: { color: colors.baseline, width: 1.5, type: 'dashed' }, data: [{ xAxis: line }] },
    }],
  };
};

function explained() {
  const { schemes, firstPower, exponents, batchSize, reduction, separability, accuracyBefore, balancedAccuracyBefore } = model.diagnosis;
  const named = schemes.slice(0, firstPower), powers = schemes.slice(firstPower), plain = powers[0], rarest = bySize.filter(c => classes[c].count > 0).at(-1);
  const state = { scheme: named[0], batch: batchSize, reduction };
  const largestBatch = Math.min(N, 65536), toPlace = b => Math.round(1000 * Math.log(b) / Math.log(largestBatch || 2));

  const choice = element('select', { id: 'explain-scheme', onchange: () => { state.scheme = choice.value === 'power' ? powers[+tau.value] : named[+choice.value]; update(); } },
    named.map((s, i) => element('option', { value: i }, s.name)), element('option', { value: 'power' }, 'a power of the count, by the slider'));
  const tau = element('input', { type: 'range', id: 'explain-tau', min: 0, max: powers.length - 1, step: 1, oninput: () => { choice.value = 'power'; state.scheme = powers[+tau.value]; update(); } });
  const tauText = element('output', { for: 'explain-tau' });
  const batchSlider = element('input', { type: 'range', id: 'explain-batch', min: 0, max: 1000, step: 1, oninput: () => { state.batch = Math.max(1, Math.min(largestBatch, Math.round(largestBatch ** (batchSlider.value / 1000)))); update(); } });
  const batchNumber = element('input', { type: 'number', id: 'explain-batch-number', min: 1, max: N, step: 1, 'aria-label': 'Batch size as a number', onchange: () => { const b = Math.round(+batchNumber.value); if (batchNumber.value !== '' && b >= 1) { state.batch = Math.min(N, b); update(); } } });
  const reductions = element('select', { id: 'explain-reduction', onchange: () => { state.reduction = reductions.value; update(); } },
    [['weighted-mean', 'mean over summed weights'], ['batch-mean', 'mean over rows'], ['sum', 'sum']].map(([value, text]) => element('option', { value }, text)));
  reductions.value = reduction;
  tau.value = exponents.findIndex(t => t >= 1);

  const summary = element('p', { class: 'summary', 'aria-live': 'polite', id: 'explain-summary' }), list = element('div', { id: 'explain-figures' }), pair = element('div', { class: 'pair' });
  const section = element('section', { id: 'explain', 'aria-labelledby': 'h-explain' }, element('h2', { id: 'h-explain' }, 'Try other weights and batches'),
    element('p', { class: 'how' }, 'Choose a scheme, or an exponent: each class is weighted by its count to the power \u2212\u03c4, so that 0 changes nothing and 1 is 1 / count. Everything below follows at once.'),
    element('div', { class: 'controls' },
      element('div', { class: 'control' }, element('label', { for: 'explain-scheme' }, 'Weight scheme'), choice),
      element('div', { class: 'control' }, element('label', { for: 'explain-tau' }, 'Exponent \u03c4'), tau, tauText),
      element('div', { class: 'control' }, element('label', { for: 'explain-batch' }, 'Rows of a batch'), batchSlider, batchNumber),
      element('div', { class: 'control' }, element('label', { for: 'explain-reduction' }, 'How losses become one number'), reductions)),
    summary, element('div', { class: 'results' }, list), pair);
  main.append(section);
  contents('explain', 'Try other weights');

  const priorPage = pager(K, 40, 'Classes', () => items[0].refresh()), chancePage = pager(K, 40, 'Classes', () => items[1].refresh());
  const of = page => order.slice(page.from, page.from + page.size);
  const priorOf = s => [{ role: 'before', values: plain.priorAfter }, { role: 'after', values: s.priorAfter }];
  const perClass = () => {
    const lone = diagnosed(state.scheme, state.batch, state.reduction).lone;
    return {
      columns: ['class', 'rows', 'weight', 'share of the rows', 'share that is believed', 'rows in a batch', 'chance of none', 'batches between two', 'share of a lone row'],
      rows: classes.map((c, i) => { const absent = chanceAbsent(c.count, state.batch); return [c.label, c.count, state.scheme.weights[i], c.count / N, state.scheme.priorAfter[i], state.batch * (c.count / N), absent, 1 / (1 - absent), lone[i]]; }),
    };
  };
  const items = [
    picture({
      id: 'prior', title: 'The shares the model will believe', how: 'Before: the shares of the rows. After: weights times counts, scaled to sum to one. What a model calls probable shifts by as much.', heading: 'h3', into: pair,
      label: `Class shares of ${K} classes before and after weighting. The numbers follow as a table.`, before: priorPage.bar ? [priorPage.bar] : [],
      height: () => 90 + Math.max(2, of(priorPage).length) * 28,
      option: (colors, width) => beforeAndAfter(colors, width, of(priorPage), priorOf(state.scheme), 'share', Math.min(1, 1.05 * Math.max(...plain.priorAfter, ...state.scheme.priorAfter)), (role, share) => `${role}: ${percent(share)}`),
      table: perClass,
    }),
    picture({
      id: 'lone-row', title: 'What one row weighs', how: 'The share of a batch\u2019s gradient that a single row has where it is the only one of its class in the batch. The dashed line is an equal share.', heading: 'h3', into: pair,
      label: `The share of a lone row for ${K} classes. The numbers follow as a table.`, before: chancePage.bar ? [chancePage.bar] : [],
      height: () => 56 + Math.max(2, of(chancePage).length) * 26,
      option: (colors, width) => {
        const { lone } = diagnosed(state.scheme, state.batch, state.reduction), rows = of(chancePage);
        return bars(colors, width, rows, rows.map(c => lone[c]), { xName: 'share of a batch', color: () => colors.advised, format: percent, line: 1 / state.batch, textOf: c => inPicture(classes[c].label, 60) });
      },
      table: perClass,
    }),
    picture({
      id: 'chances', title: 'Batches without a row of a class', how: `The chance that a batch has no row at all of a class, by the rows of a batch; the vertical line is the batch above.${K > 6 ? ' The six rarest classes.' : ''} Where a class is often absent, its rows come as rare, huge updates.`, heading: 'h3', into: pair,
      label: 'The chance of no row of each of the rarest classes, over the batch size. The numbers follow as a table.', height: square,
      option: colors => {
        const curves = chanceCurves(), top = Math.log2(curves[0].points.at(-1)[0]);
        return {
          ...base(colors),
          tooltip: { ...base(colors).tooltip, formatter: p => tip(classes[+p.seriesName.slice(1)].label, `batches of ${whole.format(2 ** p.value[0])}`, `${percent(p.value[1])} have no row`) },
          legend: { ...legend(colors, curves.map(c => 'c' + c.code)), formatter: name => inPicture(classes[+name.slice(1)].label, 18) },
          grid: { left: 52, right: 24, top: 36, bottom: 48 },
          xAxis: axis(colors, { type: 'value', name: 'rows of a batch', nameGap: 28, min: 0, max: top, interval: top > 8 ? 2 : 1, axisLabel: { formatter: v => Number.isInteger(v) ? whole.format(2 ** v) : '' } }),
          yAxis: axis(colors, { type: 'value', name: 'chance of no row', nameGap: 36, min: 0, max: 1 }),
          series: curves.map((c, i) => ({
            name: 'c' + c.code, type: 'line', symbol: symbols[i % symbols.length], showSymbol: false, symbolSize: 8, lineStyle: { width: 2, color: colors.series[i], type: ['solid', 'dashed', 'dotted'][i % 3] }, itemStyle: { color: colors.series[i] }, data: c.points.map(([batch, chance]) => [Math.log2(batch), chance]),
            markLine: i > 0 ? undefined : { silent: true, precision: 12, symbol: 'none', label: { show: false }, lineStyle: { color: colors.text, width: 2, type: 'solid' }, data: [{ xAxis: Math.log2(state.batch) }] },
          })),
        };
      },
      table: () => ({ columns: ['class', 'rows of a batch', 'chance of none'], rows: chanceCurves().flatMap(c => c.points.map(p => [classes[c.code].label, ...p])) }),
    }),
  ];
  function chanceCurves() {
    const top = Math.min(N, Math.max(1024, 4 * state.batch)), codes = bySize.filter(c => classes[c].count > 0).slice(-6).reverse();
    return codes.map(code => {
      const points = [];
      for (let batch = 1; batch < top; batch = Math.max(batch + 1, Math.round(batch * 1.25))) points.push([batch, chanceAbsent(classes[code].count, batch)]);
      return { code, points: [...points, [top, chanceAbsent(classes[code].count, top)]] };
    });
  }

  items.push(
    picture({
      id: 'exponent', title: 'What the exponent trades', how: `Accuracy and balanced accuracy if any two classes separate with an AUC of ${figure(separability, 2)}: a model, not a measurement, which 'compare' makes. Effective rows: how many equally weighted rows carry as much, as a share.`, heading: 'h3', into: pair,
      label: 'Accuracy, balanced accuracy and the share of effective rows over the exponent. The numbers follow as a table.', height: square,
      option: colors => {
        const lines = ['accuracy', 'balanced accuracy', 'effective rows'], value = [s => s.accuracyAfter, s => s.balancedAccuracyAfter, s => s.effectiveSampleSize / N], at = powers.indexOf(state.scheme);
        return {
          ...base(colors),
          tooltip: { ...base(colors).tooltip, formatter: p => tip(p.seriesName, `exponent ${figure(p.value[0], 2)}`, figure(p.value[1])) },
          legend: legend(colors, lines), grid: { left: 48, right: 18, top: 36, bottom: 48 },
          xAxis: axis(colors, { type: 'value', name: 'exponent \u03c4', nameGap: 28, min: 0, max: exponents.at(-1) }), yAxis: axis(colors, { type: 'value', min: 0, max: 1 }),
          series: lines.map((name, i) => ({
            name, type: 'line', symbol: symbols[i], showSymbol: false, symbolSize: 8, lineStyle: { width: 2, type: ['solid', 'dashed', 'dotted'][i], color: colors.series[i] }, itemStyle: { color: colors.series[i] }, data: powers.map((s, p) => [exponents[p], value[i](s)]),
            markLine: i > 0 || at < 0 ? undefined : { silent: true, precision: 12, symbol: 'none', label: { show: false }, lineStyle: { color: colors.text, width: 2, type: 'solid' }, data: [{ xAxis: exponents[at] }] },
          })),
        };
      },
      table: () => ({ columns: ['exponent', 'accuracy', 'balanced accuracy', 'effective rows'], rows: powers.map((s, i) => [exponents[i], s.accuracyAfter, s.balancedAccuracyAfter, s.effectiveSampleSize]) }),
    }),
    picture({
      id: 'sample-size', title: 'How many rows the weighted rows are worth', how: `Of ${whole.format(N)} rows, how many equally weighted ones carry as much. The fewer, the noisier every step of training. The scheme chosen above stands out.`,
      label: `Effective sample sizes of ${named.length} schemes. The numbers follow as a table.`, height: () => 56 + (named.length + 1) * 28,
      option: (colors, width) => {
        const rows = powers.includes(state.scheme) ? [state.scheme, ...named] : named;
        return bars(colors, width, rows, rows.map(s => s.effectiveSampleSize), { xName: 'effective rows', color: i => rows[i] === state.scheme ? colors.advised : colors.same, format: v => whole.format(Math.round(v)), max: N, textOf: s => s.name });
      },
      table: () => ({ columns: ['scheme', 'effective rows', 'accuracy', 'balanced accuracy'], rows: named.map(s => [s.name, s.effectiveSampleSize, s.accuracyAfter, s.balancedAccuracyAfter]), note: 'Accuracies by the model of separability.' }),
    }));

  function update() {
    const { scheme, batch } = state, now = diagnosed(scheme, batch, state.reduction), without = { ...diagnosed(plain, batch, state.reduction), accuracy: accuracyBefore, 'balanced accuracy': balancedAccuracyBefore };
    const absent = chanceAbsent(classes[rarest].count, batch), at = powers.indexOf(scheme);
    tauText.textContent = figure(exponents[+tau.value], 2);
    tau.setAttribute('aria-valuetext', tauText.textContent);
    batchSlider.value = toPlace(Math.min(batch, largestBatch));
    batchSlider.setAttribute('aria-valuetext', `${whole.format(batch)} rows`);
    batchNumber.value = batch;
    section.dataset.scheme = scheme.name;
    summary.replaceChildren(`${scheme.name}, batches of ${whole.format(batch)}: class `, shortName(classes[rarest].label), ` is believed to be ${percent(scheme.priorAfter[rarest])} of the rows instead of ${percent(classes[rarest].count / N)}; ${whole.format(N)} rows carry as much as ${whole.format(Math.round(scheme.effectiveSampleSize))}; a batch has no row of it with a chance of ${percent(absent)}.`);
    list.replaceChildren(element('table', null, element('caption', null, 'Figures'),
      element('thead', null, element('tr', null, ['', 'without weights', 'with these'].map((n, i) => element('th', { scope: 'col', class: i ? 'n' : null }, n)))),
      element('tbody', null, Object.keys(now).filter(n => n !== 'lone').map(name => element('tr', null, element('th', { scope: 'row' }, name),
        element('td', { class: 'n' }, figure(without[name])), element('td', { class: 'n', 'data-figure': name, 'data-value': String(now[name]) }, figure(now[name])))))));
    for (const item of items) item.refresh();
  }
  const shortName = label => element('bdi', null, shorten(label, 40));
  update();
}

// ---- the page ----

advice();
if (model.diagnosis) explained();
if (model.comparison) comparison();
if (model.front) front();
if (model.gains) gains();
recall();
if (model.curves) live();
if (model.scores) liveClasses();
confusion();
if (model.curves || model.byClass) curves();
if (model.searches) searches();
counts();
weights();

let width = innerWidth;
addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; for (const f of figures) f.redraw(); } });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { for (const f of figures) f.redraw(); });
// On paper: light colours, pictures as wide as the page, short tables open. Browsers tell of printing by an event, by the media query, or both.
let opened = [];
function print(on) {
  if (on === 'print' in root.dataset) return;
  if (on) {
    root.dataset.print = '';
    opened = figures.filter(f => !f.details.open && f.table().rows.length <= 40).map(f => f.details);
  } else delete root.dataset.print;
  for (const details of opened) details.open = on;
  for (const f of figures) { f.draw(); f.refresh(); }
}
addEventListener('beforeprint', () => print(true));
addEventListener('afterprint', () => print(false));
matchMedia('print').addEventListener('change', e => print(e.matches));
})();
