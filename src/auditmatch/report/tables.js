// A table that sorts by its headers and grows on demand.

const STEP = 50;

// columns: {title, value: row -> what sorts, cell: row -> text or element (default: value), numeric, hint}
function sortable(columns, empty) {
  let rows = [], limit = STEP, by = null, down = false;
  const heads = columns.map((column, k) =>
    el('th', { scope: 'col', class: column.numeric ? 'number' : null, title: column.hint },
      el('button', { type: 'button', onclick: () => turn(k) }, column.title)));
  const body = el('tbody');
  const more = el('button', { type: 'button', class: 'more', onclick: () => { limit = Infinity; draw(); } });
  const nothing = el('p', { class: 'empty' }, empty);
  const host = el('div', { class: 'listing' }, el('div', { class: 'wide' },
    el('table', {}, el('thead', {}, el('tr', {}, heads)), body)), more, nothing);

  function turn(k) {
    down = by === k ? !down : false;
    by = k;
    heads.forEach((head, j) => (j === k ? head.setAttribute('aria-sort', down ? 'descending' : 'ascending') : head.removeAttribute('aria-sort')));
    draw();
  }

  function ordered() {
    if (by === null) return rows;
    const { value } = columns[by];
    const keyed = rows.map((row, k) => [value(row), k, row]);
    const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(String(a), String(b)));
    keyed.sort((one, other) => (down ? -1 : 1) * compare(one[0], other[0]) || one[1] - other[1]);
    return keyed.map((part) => part[2]);
  }

  function draw() {
    const shown = ordered().slice(0, limit);
    body.replaceChildren(...shown.map((row) => el('tr', {}, columns.map((column) =>
      el('td', { class: column.numeric ? 'number' : null, 'data-title': column.title }, (column.cell ?? column.value)(row))))));
    more.hidden = rows.length <= limit;
    more.textContent = say('ui_show_all', { n: WHOLE.format(rows.length) });
    nothing.hidden = rows.length > 0;
  }

  addEventListener('beforeprint', () => { limit = Infinity; draw(); });
  return { host, show(given) { rows = given; limit = STEP; draw(); } };
}

const COLLATOR = new Intl.Collator(LOCALE, { numeric: true });
