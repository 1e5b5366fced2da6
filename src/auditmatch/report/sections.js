// Key figures, audits left out, load, cost; and the page put together.

const STATES = ['served', 'deferred', 'unserved', 'hopeless'];
const FIGURES = DATA.figures;

function figure(title, value, note, extra) {
  return el('div', { class: 'figure' }, el('h3', {}, title), el('p', { class: 'value' }, value), el('p', { class: 'note' }, note), extra);
}

function overviewSection() {
  const planned = FIGURES.served + FIGURES.deferred + FIGURES.unserved;
  const booked = PEOPLE.reduce((sum, person) => sum + person.booked, 0);
  const available = PEOPLE.reduce((sum, person) => sum + person.available, 0);
  const known = (number) => (number === null ? say('ui_none') : WHOLE.format(number));
  const tiles = [
    figure(say('ui_cost'), known(FIGURES.cost), say('ui_cost_note')),
    figure(say('ui_bound'), known(FIGURES.bound), say('ui_bound_note')),
    figure(say('ui_gap'), FIGURES.gap === null ? say('ui_none') : SHARE.format(FIGURES.gap), say('ui_gap_note')),
    figure(say('ui_seconds'), `${TENTH.format(FIGURES.seconds)} s`,
      `${say('ui_seconds_note', { engine: FIGURES.engine })}${FIGURES.interrupted ? ` · ${say('ui_stopped')}` : ''}`),
    figure(say('ui_load_figure'), available ? SHARE.format(booked / available) : say('ui_none'),
      say('ui_load_note', { booked: TENTH.format(booked), available: TENTH.format(available) })),
  ];
  const parts = STATES.filter((state) => FIGURES[state] > 0);
  const bar = el('div', { class: 'parts', role: 'img', 'aria-label': parts.map((state) => `${named('ui_', state)} ${FIGURES[state]}`).join(', ') },
    parts.map((state) => el('i', { class: `state ${state}`, style: { 'flex-grow': String(FIGURES[state]) } })));
  const legend = el('p', { class: 'legend' }, STATES.map((state) =>
    el('span', {}, el('i', { class: `swatch state ${state}` }), `${named('ui_', state)} `, el('b', {}, WHOLE.format(FIGURES[state])))));
  const served = el('div', { class: 'figure main' }, el('p', { class: 'value' }, WHOLE.format(FIGURES.served), ' ',
    el('small', {}, say('ui_served_of', { n: WHOLE.format(planned) }))), bar, legend,
  FIGURES.hopeless ? el('p', { class: 'note' }, say('ui_hopeless_apart', { n: WHOLE.format(FIGURES.hopeless) })) : null);
  const made = section('overview', say('ui_overview'), el('div', { class: 'figures' }, served, tiles));
  made.firstElementChild.classList.add('unseen');
  return made;
}

// Dates and identifiers stay on one line.
const unbroken = (text) => text.split(/([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+)/).map((part, k) => (k % 2 ? el('span', { class: 'dates' }, part) : part));
const two = (above, below) => el('span', { class: 'two' }, above, el('small', {}, below));

function leftSection() {
  const rows = DATA.left.map(([audit, status, reason, remedy, steps, tried]) => ({ audit: AUDITS[audit], status, reason, remedy, steps, tried }));
  if (!rows.length) return section('left', say('ui_left'), el('p', { class: 'empty' }, say('ui_everyone_served')));
  for (const row of rows) row.found = `${row.audit.found}\n${row.reason}\n${row.remedy}\n${row.audit.fields.join(' ')}`.toLowerCase();
  const asked = { status: '', query: '' };
  const table = sortable([
    { title: say('ui_audit'), value: (row) => row.audit.id, cell: (row) => two(el('b', {}, row.audit.id), named('kind_', row.audit.kind)) },
    { title: say('ui_status'), value: (row) => STATES.indexOf(row.status), cell: (row) => el('span', { class: `pill ${row.status}` }, named('ui_', row.status)) },
    { title: say('ui_client'), value: (row) => clientText(row.audit), cell: (row) => two(clientText(row.audit), placeText(row.audit)) },
    { title: say('ui_needs'), value: (row) => row.audit.needs.join(', ') },
    { title: say('ui_window'), value: (row) => row.audit.latest, cell: (row) => two(el('span', { class: 'dates' }, `${row.audit.earliest} – ${row.audit.latest}`), el('span', { class: 'dates' }, `${say('ui_deadline')} ${row.audit.deadline}`)) },
    { title: say('ui_reason'), value: (row) => row.reason, cell: reasonCell },
    { title: say('ui_remedy'), value: (row) => row.remedy, cell: (row) => el('span', { class: 'sentence short' }, unbroken(row.remedy)) },
  ], say('ui_no_match'));
  const count = el('output', { class: 'count', id: 'left-count' });
  const refresh = () => {
    const shown = rows.filter((row) => (!asked.status || row.status === asked.status) && row.found.includes(asked.query));
    table.show(shown);
    count.textContent = say('ui_shown', { n: WHOLE.format(shown.length), m: WHOLE.format(rows.length) });
  };
  const status = choices([['', say('ui_all')], ...STATES.slice(1).filter((state) => rows.some((row) => row.status === state)).map((state) => [state, named('ui_', state)])],
    (event) => { asked.status = event.target.value; refresh(); });
  const search = searchBox(say('ui_search_left'), (query) => { asked.query = query; refresh(); });
  refresh();
  table.host.classList.add('cards');
  return section('left', say('ui_left'), el('div', { class: 'toolbar' }, labelled(say('ui_search'), search), labelled(say('ui_status'), status), count), table.host);
}

const share = (person) => (person.available > 0 ? person.booked / person.available : person.booked > 0 ? 1 : 0);

function loadSection() {
  const most = Math.max(1, ...PEOPLE.map((person) => Math.max(person.booked, person.available)));
  const mean = PEOPLE.reduce((sum, p) => sum + p.booked, 0) / Math.max(1, PEOPLE.reduce((sum, p) => sum + p.available, 0));
  const orders = {
    share: (one, other) => share(other) - share(one) || one.row - other.row,
    days: (one, other) => other.booked - one.booked || one.row - other.row,
    name: (one, other) => COLLATOR.compare(one.id, other.id),
  };
  const asked = { order: 'share', query: '', limit: 30 };
  const list = el('ol', { class: 'bars' });
  const more = el('button', { type: 'button', class: 'more', onclick: () => { asked.limit = Infinity; refresh(); } });
  const percent = (number) => `${(100 * number) / most}%`;

  function row(person) {
    const part = share(person);
    const track = el('span', { class: 'track', style: { width: percent(person.available) } });
    const fill = el('span', { class: part > 0.9 ? 'fill full' : 'fill', style: { width: percent(person.booked) } });
    const mark = el('span', { class: 'average', style: { left: percent(mean * person.available) } });
    const text = person.available > 0 || person.booked > 0
      ? [say('ui_of_days', { booked: TENTH.format(person.booked), available: TENTH.format(person.available) }), el('b', {}, SHARE.format(Math.round(part * 100) / 100))]
      : [say('ui_not_there'), el('b')];
    return el('li', {}, el('span', { class: 'who', title: person.shown }, el('b', {}, person.id), person.name && person.name !== person.id ? ` ${person.name}` : ''),
      el('span', { class: 'chart' }, track, fill, person.available > 0 ? mark : null), el('span', { class: 'amount' }, text));
  }

  function refresh() {
    const found = PEOPLE.filter((person) => person.found.includes(asked.query)).sort(orders[asked.order]);
    list.replaceChildren(...found.slice(0, asked.limit).map(row));
    more.hidden = found.length <= asked.limit;
    more.textContent = say('ui_show_all', { n: WHOLE.format(found.length) });
    nothing.hidden = found.length > 0;
  }

  const nothing = el('p', { class: 'empty' }, say('ui_no_match'));
  const order = choices([['share', say('ui_by_share')], ['days', say('ui_by_days')], ['name', say('ui_by_name')]], (event) => { asked.order = event.target.value; refresh(); });
  const search = searchBox(say('ui_search_load'), (query) => { asked.query = query; refresh(); });
  addEventListener('beforeprint', () => { asked.limit = Infinity; refresh(); });
  refresh();
  return section('load', say('ui_load'), el('p', { class: 'note' }, say('ui_load_note2')),
    el('div', { class: 'toolbar' }, labelled(say('ui_search'), search), labelled(say('ui_sort'), order)), list, more, nothing);
}

function costSection() {
  if (FIGURES.cost === null) return section('cost', say('ui_cost'), el('p', { class: 'empty' }, say('ui_no_plan')));
  const terms = [...FIGURES.terms].sort((one, other) => other[1] - one[1]);
  const most = Math.max(1, ...terms.map(([, points]) => points));
  const rows = terms.map(([name, points]) => el('li', { class: points ? null : 'nil' },
    el('span', { class: 'who' }, el('b', {}, named('term_', name)), el('small', {}, named('about_', name))),
    el('span', { class: 'chart' }, el('span', { class: 'fill', style: { width: `${(100 * points) / most}%` } })),
    el('span', { class: 'amount' }, WHOLE.format(points), el('b', {}, FIGURES.cost ? SHARE.format(Math.round((1000 * points) / FIGURES.cost) / 1000) : ''))));
  return section('cost', say('ui_cost'), el('p', { class: 'note' }, say('ui_cost_intro', { cost: WHOLE.format(FIGURES.cost) })),
    el('div', { class: 'pair' }, el('ol', { class: 'bars terms' }, rows), traceChart()));
}

// Cost and bound over time, as steps: each holds until the next is found.
function traceChart() {
  const steps = FIGURES.trace.filter(([, cost]) => cost !== null);
  if (steps.length < 2) return null;
  const [wide, high, left, foot] = [420, 210, 8, 22];
  const end = Math.max(FIGURES.seconds, steps[steps.length - 1][0], 0.01);
  const top = Math.max(...steps.map((step) => step[1])) * 1.05 || 1;
  const x = (seconds) => left + (seconds / end) * (wide - 2 * left);
  const y = (points) => 6 + (1 - points / top) * (high - foot - 6);
  const path = (place) => {
    const seen = steps.filter((step) => step[place] !== null);
    return seen.map((step, k) => `${k ? `H${x(step[0]).toFixed(1)}V` : `M${x(step[0]).toFixed(1)} `}${y(step[place]).toFixed(1)}`).join('') + (seen.length ? `H${x(end).toFixed(1)}` : '');
  };
  const svg = (tag, attributes, text) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text) made.textContent = text;
    return made;
  };
  const chart = svg('svg', { viewBox: `0 0 ${wide} ${high}`, role: 'img', 'aria-label': say('ui_trace') });
  chart.append(svg('line', { x1: left, x2: wide - left, y1: y(0), y2: y(0), class: 'axis' }),
    svg('path', { d: path(1), class: 'cost' }), svg('path', { d: path(2), class: 'bound' }),
    svg('text', { x: left, y: high - 6 }, '0 s'), svg('text', { x: wide - left, y: high - 6, 'text-anchor': 'end' }, `${TENTH.format(end)} s`));
  return el('figure', {}, el('figcaption', {}, el('b', {}, say('ui_trace')), ` ${say('ui_trace_note', { seconds: TENTH.format(end) })}`), chart,
    el('p', { class: 'legend' }, el('span', {}, el('i', { class: 'swatch line cost' }), `${say('ui_cost')} ${WHOLE.format(FIGURES.cost)}`),
      FIGURES.bound === null ? null : el('span', {}, el('i', { class: 'swatch line bound' }), `${say('ui_bound')} ${WHOLE.format(FIGURES.bound)}`)));
}

function notesSection() {
  return DATA.notices.length ? section('notes', say('ui_notes'), el('ul', {}, DATA.notices.map((text) => el('li', {}, text)))) : null;
}

// Put together --------------------------------------------------------------------------------------------------------

const plan = planSection();
const made = [overviewSection(), plan, changesSection(), leftSection(), frontierSection(), programmeSection(), heatSection(), loadSection(), costSection(), notesSection()].filter(Boolean);
document.getElementById('page').append(
  el('header', {}, el('div', {}, el('p', { class: 'brand' }, 'auditmatch'), el('h1', {}, say('ui_title')),
    el('p', { class: 'sub' }, say('ui_horizon', { from: LONG.format(Date.parse(DATA.from)), to: LONG.format(Date.parse(DATA.to)) }), ' · ',
      say('ui_counts', { audits: WHOLE.format(FIGURES.served + FIGURES.deferred + FIGURES.unserved + FIGURES.hopeless), auditors: WHOLE.format(PEOPLE.length) }))),
  el('span', { class: `badge ${FIGURES.status}` }, named('result_', FIGURES.status))),
  el('nav', { 'aria-label': say('ui_title') }, made.map((part) => el('a', { href: `#${part.id}` }, part.querySelector('h2').textContent))),
  el('main', {}, made),
  el('footer', {}, say('ui_made', { version: DATA.version })));
plan.start?.();
document.body.dataset.ready = 'true';
