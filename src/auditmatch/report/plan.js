// The plan with its filters, as a chart and as a table.

function planSection() {
  if (!VISITS.length) return section('plan', say('ui_plan'), el('p', { class: 'empty' }, say('ui_no_plan')));
  const asked = { field: '', kind: '', place: '', query: '' };
  const detail = el('div', { class: 'panel detail', hidden: true, 'aria-live': 'polite' });
  const gantt = makeGantt((visit) => showDetail(visit));
  const table = visitTable((visit) => showDetail(visit));
  const count = el('output', { class: 'count', id: 'plan-count' });
  const chartOnly = [];

  // A bar stands for a visit and a person: searching a person marks that person's bars alone.
  const fits = (visit) => (!asked.field || visit.audit.fields.includes(asked.field)) && (!asked.kind || visit.audit.kind === asked.kind)
    && (!asked.place || asked.place === `p:${visit.audit.place.province}` || asked.place === `l:${visit.audit.place.location}`);
  const found = (visit, person) => fits(visit) && (!asked.query || visit.audit.found.includes(asked.query) || person.found.includes(asked.query));

  function refresh() {
    const filtered = asked.field || asked.kind || asked.place || asked.query;
    const named = asked.query && !(asked.field || asked.kind || asked.place);
    const people = filtered ? PEOPLE.filter((person) =>
      (named && person.found.includes(asked.query)) || person.visits.some(({ visit }) => found(visit, person))) : PEOPLE;
    const visits = filtered ? VISITS.filter((visit) => visit.team.some(({ who }) => found(visit, who))) : VISITS;
    gantt.show(people, filtered ? found : null);
    table.show(visits);
    count.textContent = say('ui_matches', { audits: WHOLE.format(visits.length), auditors: WHOLE.format(people.length) });
    nothing.hidden = people.length > 0;
    clear.hidden = !filtered;
  }

  const take = (name) => (event) => { asked[name] = event.target.value; refresh(); };
  const kinds = choices([['', say('ui_all')], ...KINDS.filter((kind) => DATA.kinds.includes(kind)).map((kind) => [kind, named('kind_', kind)])], take('kind'));
  const fields = choices([['', say('ui_all')], ...[...DATA.fields].sort(COLLATOR.compare).map((field) => [field, field])], take('field'));
  const places = choices([['', say('ui_all')], ...placeChoices()], take('place'));
  const search = searchBox(say('ui_search_plan'), (query) => { asked.query = query; refresh(); });
  const clear = el('button', { type: 'button', class: 'plain', onclick: () => {
    for (const control of [kinds, fields, places, search]) control.value = '';
    Object.assign(asked, { field: '', kind: '', place: '', query: '' });
    refresh();
  } }, say('ui_reset'));
  const nothing = el('p', { class: 'empty' }, say('ui_no_match'));

  const weeks = [1, 2, 4, 8, 13, 26].filter((number) => number * 7 < DAYS);
  const extent = choices([['', say('ui_zoom_all')], ...weeks.map((n) => [n, n === 1 ? say('ui_zoom_week') : say('ui_zoom_weeks', { n })])],
    (event) => gantt.fit(event.target.value ? Number(event.target.value) * 7 : null));
  const zoom = el('span', { class: 'buttons' }, [[1 / 1.4, '−', 'ui_zoom_out'], [1.4, '+', 'ui_zoom_in']].map(([factor, sign, key]) =>
    el('button', { type: 'button', onclick: () => gantt.zoom(factor), 'aria-label': say(key), title: say(key) }, sign)));
  chartOnly.push(labelled(say('ui_zoom'), extent), zoom);

  const views = el('span', { class: 'buttons', role: 'group', 'aria-label': say('ui_view') });
  const chart = el('div', {}, gantt.host, planLegend());
  for (const [name, shown] of [['chart', chart], ['table', table.host]]) {
    views.append(el('button', { type: 'button', 'data-view': name, 'aria-pressed': String(name === 'chart'), onclick: () => {
      for (const button of views.children) button.setAttribute('aria-pressed', String(button.dataset.view === name));
      chart.hidden = shown !== chart;
      table.host.hidden = shown === chart;
      for (const each of chartOnly) each.hidden = chart.hidden;
    } }, say(`ui_${name}`)));
  }
  table.host.hidden = true;

  function showDetail(visit) {
    gantt.pick(visit, false);
    detail.replaceChildren(...visitDetail(visit, () => { detail.hidden = true; gantt.pick(null, false); }, (person) => gantt.reveal(person, visit)));
    detail.hidden = false;
    detail.scrollIntoView({ block: 'nearest' });
  }

  const made = section('plan', say('ui_plan'),
    el('div', { class: 'toolbar' }, labelled(say('ui_search'), search), labelled(say('ui_field'), fields), labelled(say('ui_kind'), kinds),
      labelled(say('ui_place'), places), ...chartOnly, views, clear, count),
    chart, table.host, nothing, detail);
  // The chart can be measured only once it stands in the page.
  made.start = () => {
    extent.value = DAYS > 100 ? '8' : '';
    refresh();
    gantt.fit(DAYS > 100 ? 56 : null);
  };
  return made;
}

function placeChoices() {
  const provinces = [...new Set(PLACES.map((place) => place.province).filter(Boolean))].sort(COLLATOR.compare);
  const locations = [...new Set(PLACES.map((place) => place.location).filter(Boolean))].sort(COLLATOR.compare);
  return [...provinces.map((name) => [`p:${name}`, name, say('ui_province')]), ...locations.map((name) => [`l:${name}`, name, say('ui_location')])];
}

function planLegend() {
  const kinds = KINDS.filter((kind) => VISITS.some((visit) => visit.audit.kind === kind));
  const entries = kinds.map((kind) => [`swatch ${kindClass(kind)}`, named('kind_', kind)]);
  entries.push(['swatch mark lead', say('ui_as_lead')], ['swatch mark member', say('ui_as_member')]);
  if (VISITS.some((visit) => visit.team.some(({ role }) => role === 'intern' || role === 'expert'))) entries.push(['swatch mark other', say('ui_as_other')]);
  if (VISITS.some((visit) => visit.fixed)) entries.push(['swatch mark fixed', say('ui_fixed')]);
  if (VISITS.some((visit) => visit.changed)) entries.push(['swatch mark changed', say('ui_changed')]);
  entries.push(['swatch away', say('ui_away')], ['swatch off', say('ui_day_off')]);
  return el('p', { class: 'legend' }, entries.map(([name, text]) => el('span', {}, el('i', { class: name }), text)));
}

function visitTable(onpick) {
  return sortable([
    { title: say('ui_audit'), value: (v) => v.audit.id, cell: (v) => el('button', { type: 'button', class: 'link', onclick: () => onpick(v) }, v.audit.id) },
    { title: say('ui_client'), value: (v) => clientText(v.audit) },
    { title: say('ui_kind'), value: (v) => named('kind_', v.audit.kind) },
    { title: say('ui_field'), value: (v) => v.audit.fields.join(', ') },
    { title: say('ui_place'), value: (v) => placeText(v.audit) },
    { title: say('ui_from'), value: (v) => v.begin, cell: (v) => halfText(v.begin) },
    { title: say('ui_to'), value: (v) => v.finish, cell: (v) => halfText(v.finish - 1) },
    { title: say('ui_team'), value: (v) => v.team[0]?.who.id ?? '', cell: teamText },
  ], '');
}

function teamText(visit) {
  return el('span', {}, visit.team.map(({ who, role }, k) =>
    el('span', { class: 'member', title: `${who.shown}, ${named('role_', role)}` }, `${k ? ', ' : ''}${who.id}${role === 'member' ? '' : ` (${named('role_', role)})`}`)));
}

function visitDetail(visit, close, reveal) {
  const { audit } = visit;
  const rows = [
    [say('ui_client'), clientText(audit)], [say('ui_when'), whenText(visit)], [say('ui_place'), placeText(audit)],
    [say('ui_needs'), audit.needs.join(', ')], [say('ui_window'), `${audit.earliest} – ${audit.latest}`], [say('ui_deadline'), audit.deadline],
    [say('ui_team'), el('span', { class: 'team' }, visit.team.map(({ who, role }) =>
      el('button', { type: 'button', class: 'link', onclick: () => reveal(who) }, `${who.shown} (${named('role_', role)})`)))],
  ];
  return [
    el('div', { class: 'panel-head' }, el('h3', {}, el('i', { class: `swatch ${kindClass(audit.kind)}` }), `${audit.id} · ${named('kind_', audit.kind)}${visit.fixed ? ` · ${say('ui_fixed')}` : ''}`),
      el('button', { type: 'button', class: 'plain', onclick: close, 'aria-label': say('ui_close') }, '✕')),
    el('dl', {}, rows.filter(([, text]) => text !== '').map(([title, text]) => el('div', {}, el('dt', {}, title), el('dd', {}, text)))),
  ];
}
