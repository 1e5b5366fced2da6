// The matching degree: fields by large classes, and what is inside a cell.

// Orange is short, blue is ample; the two differ for every kind of colour vision, and each cell says its number.
const BANDS = [[0.25, 'p1'], [0.5, 'p2'], [1, 'p3'], [2, 'p4'], [4, 'p5'], [Infinity, 'p6']];
const [FIELD, LARGE, MIDDLE, SMALL] = [0, 1, 2, 3];
const CODED = /^\d+(\.\d+)+$/;

const CELLS = DATA.heat.rows.map(([field, level, code, A1, X, A2, Y, P]) => ({ field, level, code, A1, X, A2, Y, P }));

function band(cell) {
  if (cell.P === null) return 'idle';
  return cell.P === 0 ? 'p0' : BANDS.find(([limit]) => cell.P < limit)[1];
}

function shortP(P) {
  if (P === null) return '·';
  return P >= 9.95 ? WHOLE.format(P) : P === 0 ? '0' : P.toFixed(P < 0.995 ? 2 : 1);
}

function classText(cell) {
  if (cell.level === FIELD) return say('ui_all_classes');
  return cell.code === DATA.heat.schemes ? say('ui_schemes_long') : cell.level === LARGE ? say('ui_large', { code: cell.code }) : cell.code;
}

function parentOf(cell) {
  if (cell.level === LARGE) return '';
  if (!CODED.test(cell.code)) return DATA.heat.schemes;
  return cell.code.split('.').slice(0, cell.level === SMALL ? 2 : 1).join('.');
}

// A cell's children stand one level below; the schemes of a field have no middle level.
const INSIDE = new Map();
for (const cell of CELLS) {
  if (cell.level === FIELD) continue;
  const key = `${cell.field}|${parentOf(cell)}`;
  INSIDE.set(key, [...(INSIDE.get(key) ?? []), cell]);
}
const inside = (cell) => (cell.level === SMALL ? [] : INSIDE.get(`${cell.field}|${cell.code}`) ?? []);

function heatSection() {
  if (!CELLS.length) return section('matching', say('ui_matching'), el('p', { class: 'empty' }, say('ui_empty_matching')));
  const columns = [...new Set(CELLS.filter((cell) => cell.level === LARGE).map((cell) => cell.code))];
  columns.sort((one, other) => (one === DATA.heat.schemes) - (other === DATA.heat.schemes) || COLLATOR.compare(one, other));
  const at = new Map(CELLS.filter((cell) => cell.level <= LARGE).map((cell) => [`${cell.field}|${cell.code}`, cell]));
  const panel = el('div', { class: 'panel', hidden: true, id: 'inside' });
  const head = el('tr', {}, el('th', { scope: 'col' }, say('ui_field')), ['', ...columns].map((code) =>
    el('th', { scope: 'col' }, code === '' ? say('ui_all_classes') : code === DATA.heat.schemes ? say('ui_schemes') : code)));
  const rows = DATA.heat.fields.map((name, field) => el('tr', {}, el('th', { scope: 'row' }, name), ['', ...columns].map((code) => {
    const cell = at.get(`${field}|${code}`);
    if (!cell) return el('td');
    const about = `${name}, ${classText(cell)}: P ${cell.P === null ? say('ui_no_projects') : FINE.format(cell.P)}`;
    return el('td', {}, el('button', { type: 'button', class: `heat ${band(cell)}`, title: about, 'aria-label': about,
      onclick: (event) => openCell(panel, cell, event.currentTarget) }, shortP(cell.P)));
  })));
  return section('matching', say('ui_matching'), el('p', { class: 'note' }, say('ui_matching_note', { at: LONG.format(Date.parse(DATA.heat.at)) })),
    el('div', { class: 'wide' }, el('table', { class: 'heatmap' }, el('thead', {}, head), el('tbody', {}, rows))), heatLegend(), panel);
}

function heatLegend() {
  const entries = [['p0', say('ui_nobody')], ['p1', '< 0.25'], ['p2', '< 0.5'], ['p3', '< 1'], ['p4', '1 – 2'], ['p5', '2 – 4'], ['p6', '≥ 4'], ['idle', say('ui_no_projects')]];
  return el('p', { class: 'legend' }, entries.map(([name, text]) => el('span', {}, el('i', { class: `swatch ${name}` }), text)));
}

function openCell(panel, cell, button) {
  for (const other of document.querySelectorAll('.heat[aria-pressed]')) other.removeAttribute('aria-pressed');
  button.setAttribute('aria-pressed', 'true');
  const close = () => { panel.hidden = true; button.removeAttribute('aria-pressed'); button.focus(); };
  const titles = [[say('ui_class')], [say('ui_a1')], [say('ui_x')], [say('ui_a2')], [say('ui_y')], [say('ui_p')]];
  if (DATA.heat.load) titles.push([say('ui_missing'), say('ui_missing_tip')]);
  const head = el('tr', {}, titles.map(([title, hint], k) => el('th', { scope: 'col', class: k ? 'number' : null, title: hint }, title)));
  const body = el('tbody', {}, treeRow(cell, 0, true));
  panel.replaceChildren(
    el('div', { class: 'panel-head' }, el('h3', {}, `${DATA.heat.fields[cell.field]} · ${classText(cell)}`),
      el('button', { type: 'button', class: 'plain', onclick: close, 'aria-label': say('ui_close') }, '✕')),
    el('div', { class: 'wide' }, el('table', { class: 'tree' }, el('thead', {}, head), body)));
  panel.hidden = false;
  panel.scrollIntoView({ block: 'nearest' });
}

// The row of a cell and, when it is open, the rows of the cells inside it.
function treeRow(cell, depth, open) {
  const children = inside(cell);
  const row = el('tr', { class: `depth${depth}` });
  let below = [];
  const toggle = () => {
    if (below.length) {
      for (const each of descendants(row)) each.remove();
      below = [];
    } else {
      below = children.flatMap((child) => treeRow(child, depth + 1, false));
      row.after(...below);
    }
    opener.setAttribute('aria-expanded', String(below.length > 0));
  };
  const opener = children.length
    ? el('button', { type: 'button', class: 'opener', onclick: toggle, 'aria-expanded': String(open), 'aria-label': `${say('ui_expand')}: ${classText(cell)}` })
    : el('i', { class: 'opener' });
  const missing = cell.P !== null && cell.Y > cell.X ? Math.ceil(cell.Y - cell.X - 1e-6) : 0;
  const numbers = [WHOLE.format(cell.A1), FINE.format(cell.X), WHOLE.format(cell.A2), FINE.format(cell.Y)];
  row.append(el('th', { scope: 'row' }, opener, classText(cell)), ...numbers.map((text) => el('td', { class: 'number' }, text)),
    el('td', { class: 'number' }, el('span', { class: `chip ${band(cell)}` }, cell.P === null ? '–' : FINE.format(cell.P))));
  if (DATA.heat.load) row.append(el('td', { class: 'number' }, missing ? WHOLE.format(missing) : ''));
  if (open) below = children.flatMap((child) => treeRow(child, depth + 1, false));
  return [row, ...below];
}

function descendants(row) {
  const depth = Number(row.className.slice(5));
  const found = [];
  for (let next = row.nextElementSibling; next && Number(next.className.slice(5)) > depth; next = next.nextElementSibling) found.push(next);
  return found;
}
