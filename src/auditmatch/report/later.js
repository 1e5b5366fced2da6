// What is new since the last plan, the panel that explains an audit left out, and what further edits would bring.

const KINDS_OF_CHANGE = ['added', 'removed', 'moved', 'restaffed'];

function changesSection() {
  if (DATA.changes === null) return null;
  const rows = DATA.changes.map(([audit, kind, before, after, tell]) => ({ audit: AUDITS[audit], kind, before, after, tell }));
  if (!rows.length) return section('changes', say('ui_changes'), el('p', { class: 'empty' }, say('ui_no_changes')));
  for (const row of rows) row.found = `${row.audit.found}\n${row.before}\n${row.after}\n${row.tell.join(' ')}`.toLowerCase();
  const asked = { kind: '', query: '' };
  const table = sortable([
    { title: say('ui_audit'), value: (row) => row.audit.id, cell: (row) => two(el('b', {}, row.audit.id), named('kind_', row.audit.kind)) },
    { title: say('ui_change'), value: (row) => KINDS_OF_CHANGE.indexOf(row.kind), cell: (row) => el('span', { class: `pill ${row.kind}` }, named('ui_change_', row.kind)) },
    { title: say('ui_client'), value: (row) => clientText(row.audit) },
    { title: say('ui_before'), value: (row) => row.before, cell: (row) => el('span', { class: 'sentence short' }, unbroken(row.before)) },
    { title: say('ui_after'), value: (row) => row.after, cell: (row) => el('span', { class: 'sentence short' }, unbroken(row.after)) },
    { title: say('ui_tell'), value: (row) => row.tell.join(', ') },
  ], say('ui_no_match'));
  const count = el('output', { class: 'count', id: 'changes-count' });
  const refresh = () => {
    const shown = rows.filter((row) => (!asked.kind || row.kind === asked.kind) && row.found.includes(asked.query));
    table.show(shown);
    count.textContent = say('ui_shown', { n: WHOLE.format(shown.length), m: WHOLE.format(rows.length) });
  };
  const kinds = choices([['', say('ui_all')], ...KINDS_OF_CHANGE.filter((kind) => rows.some((row) => row.kind === kind)).map((kind) => [kind, named('ui_change_', kind)])],
    (event) => { asked.kind = event.target.value; refresh(); });
  const search = searchBox(say('ui_search_changes'), (query) => { asked.query = query; refresh(); });
  refresh();
  table.host.classList.add('cards');
  return section('changes', say('ui_changes'), el('p', { class: 'note' }, say('ui_changes_note')),
    el('div', { class: 'toolbar' }, labelled(say('ui_search'), search), labelled(say('ui_change'), kinds), count), table.host);
}

// The reason; a click opens the funnel and the remedies that were tried.
function reasonCell(row) {
  const sentence = el('span', { class: 'sentence' }, unbroken(row.reason));
  if (!row.steps.length && !row.tried.length) return sentence;
  const most = Math.max(1, ...row.steps.map(([, count]) => count));
  const bars = el('ol', { class: 'funnel' }, row.steps.map(([name, count]) => el('li', {},
    el('span', {}, name), el('i', { style: { width: `${(100 * count) / most}%` } }), el('b', {}, WHOLE.format(count)))));
  const tried = row.tried.length ? el('ul', { class: 'tried' }, row.tried.map((text) => el('li', {}, unbroken(text)))) : null;
  return el('details', { class: 'why' }, el('summary', {}, sentence), row.steps.length ? bars : null, tried);
}

// Served share and cost against the number of edits, as bars with a line of figures each.
function frontierSection() {
  if (!DATA.frontier.length) return null;
  const rows = DATA.frontier.map(([name, served, all, cost], k) => el('li', {},
    el('span', { class: 'who' }, el('b', {}, WHOLE.format(k)), el('small', {}, name || say('ui_nothing_more'))),
    el('span', { class: 'chart' }, el('span', { class: 'track', style: { width: '100%' } }), el('span', { class: 'fill', style: { width: `${(100 * served) / Math.max(1, all)}%` } })),
    el('span', { class: 'amount' }, say('ui_served_short', { n: WHOLE.format(served), m: WHOLE.format(all) }), el('b', {}, cost === null ? say('ui_none') : WHOLE.format(cost)))));
  return section('frontier', say('ui_frontier'), el('p', { class: 'note' }, say('ui_frontier_note')), el('ol', { class: 'bars' }, rows));
}
