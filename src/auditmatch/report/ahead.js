// The programme: person-days by month, its audits with their traces, what cannot be placed, quarters short of people.

function programmeSection() {
  if (!DATA.programme) return null;
  const { audits, months, lost, short } = DATA.programme;
  const most = Math.max(1, ...months.map(([, days]) => days));
  const bars = el('ol', { class: 'bars' }, months.map(([month, days]) => el('li', {},
    el('span', { class: 'who' }, el('b', {}, month)),
    el('span', { class: 'chart' }, el('span', { class: 'track', style: { width: '100%' } }), el('span', { class: 'fill', style: { width: `${(100 * days) / most}%` } })),
    el('span', { class: 'amount' }, TENTH.format(days)))));
  const rows = audits.map(([id, client, kind, earliest, latest, days, trace]) => ({
    id, client, kind, earliest, latest, days, trace, found: `${id}\n${client}\n${trace.join('\n')}`.toLowerCase(),
  }));
  const table = sortable([
    { title: say('ui_audit'), value: (row) => row.id, cell: (row) => two(el('b', {}, row.id), named('kind_', row.kind)) },
    { title: say('ui_client'), value: (row) => row.client },
    { title: say('ui_window'), value: (row) => row.latest, cell: (row) => el('span', { class: 'dates' }, `${row.earliest} – ${row.latest}`) },
    { title: say('ui_person_days'), value: (row) => row.days, cell: (row) => TENTH.format(row.days) },
    { title: say('ui_grounds'), value: (row) => row.trace[0], cell: (row) => el('details', { class: 'why' },
      el('summary', {}, el('span', { class: 'sentence' }, unbroken(row.trace[0]))), el('ul', { class: 'tried' }, row.trace.slice(1).map((line) => el('li', {}, line)))) },
  ], say('ui_no_match'));
  const count = el('output', { class: 'count', id: 'programme-count' });
  let asked = '';
  const refresh = () => {
    const shown = rows.filter((row) => row.found.includes(asked));
    table.show(shown);
    count.textContent = say('ui_shown', { n: WHOLE.format(shown.length), m: WHOLE.format(rows.length) });
  };
  const search = searchBox(say('ui_search_programme'), (query) => { asked = query; refresh(); });
  refresh();
  table.host.classList.add('cards');
  return section('programme', say('ui_programme'), el('p', { class: 'note' }, say('ui_programme_note')), bars,
    el('div', { class: 'toolbar' }, labelled(say('ui_search'), search), count), table.host,
    listed(say('ui_cannot_be_placed'), lost, [say('ui_certificate'), say('ui_reason'), say('ui_day'), say('ui_clause')]),
    listed(say('ui_short_quarters'), short, [say('ui_quarter'), say('ui_needs'), say('ui_person_days'), 'P*']));
}

// A small table under a heading; nothing where there are no rows.
function listed(title, rows, heads) {
  if (!rows.length) return null;
  const table = sortable(heads.map((head, k) => ({ title: head, value: (row) => row[k] })), say('ui_no_match'));
  table.show(rows);
  table.host.classList.add('cards');
  return el('div', {}, el('h3', {}, `${title} (${WHOLE.format(rows.length)})`), table.host);
}
