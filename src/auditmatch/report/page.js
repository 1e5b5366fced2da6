// Start, words, numbers, dates and elements. Names of people and clients only ever become text nodes.

const DATA = JSON.parse(document.getElementById('data').textContent);
const LOCALE = DATA.lang === 'zh' ? 'zh-CN' : 'en-GB';
const DAY = 864e5;
const ROLES = ['lead', 'member', 'intern', 'expert'];

function say(key, values) {
  const text = Object.hasOwn(DATA.words, key) ? DATA.words[key] : key;
  return values ? text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all)) : text;
}

// The label of a choice; one that a user's own rule or table brought along speaks for itself.
function named(prefix, choice) {
  const key = prefix + choice;
  return Object.hasOwn(DATA.words, key) ? DATA.words[key] : choice;
}

const WHOLE = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const TENTH = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const FINE = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });
const SHARE = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumSignificantDigits: 3 });
const FIRST = Date.parse(DATA.from);
const DATE = new Intl.DateTimeFormat(LOCALE, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
const LONG = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
const MONTH = new Intl.DateTimeFormat(LOCALE, { month: 'long', year: 'numeric', timeZone: 'UTC' });
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: 'narrow', timeZone: 'UTC' });

const dayAt = (offset) => new Date(FIRST + offset * DAY);
const isoAt = (offset) => dayAt(offset).toISOString().slice(0, 10);

// A half-day since the horizon's first morning, as "Mon, 4 Jan am".
const halfText = (half) => `${DATE.format(dayAt(Math.floor(half / 2)))} ${say(half % 2 ? 'ui_pm' : 'ui_am')}`;

function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name === 'style') for (const [key, part] of Object.entries(value)) made.style.setProperty(key, part);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function labelled(text, control) {
  return el('label', { class: 'control' }, el('span', {}, text), control);
}

function choices(options, onchange) {
  const control = el('select', { onchange });
  for (const [value, text, group] of options) {
    const option = el('option', { value }, text);
    if (!group) control.append(option);
    else if (control.lastElementChild?.label === group) control.lastElementChild.append(option);
    else control.append(el('optgroup', { label: group }, option));
  }
  return control;
}

// Waits until typing pauses, so that 2,000 rows are not sorted at each letter.
function searchBox(placeholder, onsearch) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => onsearch(input.value.trim().toLowerCase()), 120);
  };
  const input = el('input', { type: 'search', placeholder, 'aria-label': placeholder, oninput: later, autocomplete: 'off' });
  return input;
}

function section(id, title, ...children) {
  return el('section', { id }, el('h2', {}, title), ...children);
}

// Rows of the payload become objects once.
const CLIENTS = DATA.clients.map(([id, name]) => ({ id, name }));
const PLACES = DATA.places.map(([location, province]) => ({ location, province }));
const AUDITS = DATA.audits.map(([id, client, kind, place, fields, needs, dates, personDays, remote]) => ({
  id, client: CLIENTS[client], kind: DATA.kinds[kind], place: PLACES[place], fields: fields.map((k) => DATA.fields[k]),
  needs, earliest: dates[0], latest: dates[1], deadline: dates[2], personDays, remote: remote === 1,
}));
const PEOPLE = DATA.people.map(([id, name, location, booked, available, away], row) => ({
  row, id, name, location, booked, available, away, visits: [],
  shown: name && name !== id ? `${id} ${name}` : id, found: `${id}\n${name}`.toLowerCase(),
}));
const VISITS = DATA.visits.map(([audit, begin, finish, team, fixed, changed], row) => ({
  row, audit: AUDITS[audit], begin, finish, team: team.map(([who, role]) => ({ who: PEOPLE[who], role: ROLES[role] })),
  fixed: fixed === 1, changed: changed === 1,
}));
for (const visit of VISITS) for (const { who, role } of visit.team) who.visits.push({ visit, role });
for (const audit of AUDITS) audit.found = `${audit.id}\n${audit.client.id}\n${audit.client.name}`.toLowerCase();

const placeText = (audit) =>
  audit.remote ? say('ui_remote') : [audit.place.location, audit.place.province].filter((part, k, all) => part && part !== all[k - 1]).join(', ');
const whenText = (visit) => `${halfText(visit.begin)} – ${halfText(visit.finish - 1)}`;
const clientText = (audit) => (audit.client.name === audit.client.id ? audit.client.id : `${audit.client.id} ${audit.client.name}`);
