// The plan as bars: a row for each auditor. Only the rows in view exist, so that 300 auditors scroll like 30.

const ROW = 28;
const DAYS = DATA.working.length;
const KINDS = [...new Set(['surveillance', 'recertification', 'stage1', 'stage2', 'special', 'unannounced', 'mystery', ...DATA.kinds])];
const kindClass = (kind) => `kind${Math.min(KINDS.indexOf(kind), 7)}`;

function makeGantt(onpick) {
  let rows = [], wanted = null, width = 24, picked = null, printing = false, waiting = false, fitted;
  const drawn = new Map();
  const corner = el('div', { class: 'gantt-corner' }, say('ui_auditor'));
  const scale = el('div', { class: 'gantt-scale' });
  const shade = el('div', { class: 'gantt-shade', 'aria-hidden': 'true' });
  const body = el('div', { class: 'gantt-body' }, shade);
  const box = el('div', { class: 'gantt', tabindex: '0', role: 'region', 'aria-label': say('ui_plan') },
    el('div', { class: 'gantt-head' }, corner, scale), body);
  const tip = el('div', { class: 'tip', role: 'tooltip', hidden: true });
  document.body.append(tip);

  const side = () => corner.offsetWidth || 190;
  const plain = (number) => `${number}px`;

  function layout() {
    const across = plain(side() + DAYS * width);
    for (const each of [body, box.firstElementChild]) each.style.width = across;
    scale.replaceChildren(...months(), ...days());
    shade.replaceChildren(...daysOff());
    restart();
  }

  function restart() {
    for (const row of drawn.values()) row.remove();
    drawn.clear();
    body.style.height = plain(rows.length * ROW);
    draw();
  }

  function months() {
    const found = [];
    for (let day = 0; day < DAYS; ) {
      const month = isoAt(day).slice(0, 7);
      let end = day;
      while (end < DAYS && isoAt(end).startsWith(month)) end += 1;
      found.push(el('span', { class: 'month', style: { left: plain(day * width), width: plain((end - day) * width) } }, el('b', {}, MONTH.format(dayAt(day)))));
      day = end;
    }
    return found;
  }

  // Every day where there is room, else every Monday.
  function days() {
    const found = [];
    for (let day = 0; day < DAYS; day += 1) {
      const monday = dayAt(day).getUTCDay() === 1;
      if (width < 18 && !(monday && width * 7 > 22)) continue;
      const off = DATA.working[day] === '0' ? ' off' : '';
      const text = width >= 34 ? `${dayAt(day).getUTCDate()} ${WEEKDAY.format(dayAt(day))}` : String(dayAt(day).getUTCDate());
      found.push(el('span', { class: `day${off}${monday ? ' monday' : ''}`, style: { left: plain(day * width), width: plain(width < 18 ? width * 7 : width) } }, text));
    }
    return found;
  }

  function daysOff() {
    const found = [];
    for (let day = 0; day < DAYS; day += 1) {
      const working = DATA.working[day];
      const left = side() + (day + (working === '1' ? 0.5 : 0)) * width;
      if (dayAt(day).getUTCDay() === 1) found.push(el('i', { class: 'week', style: { left: plain(side() + day * width) } }));
      if (working !== '3') found.push(el('i', { style: { left: plain(left), width: plain(working === '0' ? width : width / 2) } }));
    }
    return found;
  }

  function draw() {
    waiting = false;
    const first = printing ? 0 : Math.max(0, Math.floor(box.scrollTop / ROW) - 6);
    const last = printing ? rows.length : Math.min(rows.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW) + 6);
    for (const [k, row] of drawn) {
      if (k < first || k >= last) {
        row.remove();
        drawn.delete(k);
      }
    }
    const made = [];
    for (let k = first; k < last; k += 1) if (!drawn.has(k)) made.push(drawRow(k));
    body.append(...made);
  }

  function drawRow(k) {
    const person = rows[k];
    const bars = person.visits.map(({ visit, role }) => bar(visit, role, person));
    const away = [];
    for (let j = 0; j < person.away.length; j += 2) away.push(el('i', { class: 'away', style: span(person.away[j], person.away[j + 1]) }));
    const row = el('div', { class: 'gantt-row', style: { top: plain(k * ROW) } },
      el('div', { class: 'gantt-name', title: person.shown }, el('b', {}, person.id), el('span', {}, person.name && person.name !== person.id ? ` ${person.name}` : '')), away, bars);
    row.person = person;
    drawn.set(k, row);
    return row;
  }

  function span(begin, finish) {
    const left = Math.max(0, begin), right = Math.min(2 * DAYS, finish);
    return { left: plain(side() + (left * width) / 2), width: plain(Math.max(3, ((right - left) * width) / 2 - 1)) };
  }

  function bar(visit, role, person) {
    const other = role === 'intern' || role === 'expert' ? ' other' : '';
    const dim = wanted && !wanted(visit, person) ? ' dim' : '';
    const now = visit === picked ? ' picked' : '';
    const made = el('button', { type: 'button', tabindex: '-1', style: span(visit.begin, visit.finish),
      class: `bar ${kindClass(visit.audit.kind)} ${role}${other}${dim}${now}${visit.fixed ? ' fixed' : ''}${visit.changed ? ' changed' : ''}`,
      'aria-label': `${visit.audit.id}, ${whenText(visit)}` }, ((visit.finish - visit.begin) * width) / 2 > 7 * visit.audit.id.length + 5 ? visit.audit.id : '');
    made.visit = visit;
    made.role_ = role;
    return made;
  }

  body.addEventListener('click', (event) => {
    const hit = event.target.closest('.bar');
    if (hit) pick(hit.visit, true);
  });
  body.addEventListener('pointerover', (event) => {
    const hit = event.target.closest('.bar');
    if (!hit) return;
    const { visit } = hit;
    tip.replaceChildren(
      el('b', {}, `${visit.audit.id} · ${named('kind_', visit.audit.kind)}`), el('span', {}, visit.audit.client.name),
      el('span', {}, whenText(visit)), el('span', {}, [placeText(visit.audit), visit.audit.fields.join(', ')].filter(Boolean).join(' · ')),
      el('span', {}, visit.team.map(({ who, role }) => `${who.id} (${named('role_', role)})`).join(', ')));
    tip.hidden = false;
  });
  body.addEventListener('pointermove', (event) => {
    const left = Math.max(6, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 10));
    const below = event.clientY + 18 + tip.offsetHeight < innerHeight;
    tip.style.left = plain(left);
    tip.style.top = plain(below ? event.clientY + 18 : event.clientY - tip.offsetHeight - 12);
    tip.hidden = !event.target.closest('.bar');
  });
  body.addEventListener('pointerleave', () => { tip.hidden = true; });
  box.addEventListener('scroll', () => {
    tip.hidden = true;
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  });
  addEventListener('resize', () => {
    if (printing) return;
    if (fitted === undefined) layout();
    else fit(fitted);
  });
  addEventListener('beforeprint', () => print(true));
  addEventListener('afterprint', () => print(false));

  // Days that fill the width; null: all of them.
  function fit(count) {
    fitted = count;
    const room = Math.max(120, box.clientWidth - side() - 2);
    width = Math.max(4, Math.min(96, room / (count ?? DAYS)));
    layout();
  }

  let before = 0;
  function print(on) {
    printing = on;
    box.classList.toggle('printing', on);
    if (on) before = width;
    width = on ? Math.max(2, 820 / DAYS) : before;
    layout();
  }

  function pick(visit, tell) {
    picked = visit;
    for (const each of body.querySelectorAll('.bar')) each.classList.toggle('picked', each.visit === visit);
    if (tell) onpick(visit);
  }

  return {
    host: box,
    pick,
    show(people, test) {
      rows = people;
      wanted = test;
      restart();
    },
    fit,
    zoom(factor) {
      fitted = undefined;
      const middle = (box.scrollLeft + (box.clientWidth - side()) / 2) / width;
      width = Math.max(4, Math.min(96, width * factor));
      layout();
      box.scrollLeft = middle * width - (box.clientWidth - side()) / 2;
    },
    reveal(person, visit) {
      const k = rows.indexOf(person);
      if (k < 0) return;
      box.scrollTop = Math.max(0, k * ROW - box.clientHeight / 2 + ROW);
      box.scrollLeft = Math.max(0, (visit.begin / 2) * width - (box.clientWidth - side()) / 3);
      draw();
    },
  };
}
