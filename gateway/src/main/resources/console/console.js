// Asks the admin API every two seconds while somebody looks, and puts what it says into the page as text, never as markup.

const PERIOD = 2000;
const VALUES = 60;
const PAGE = 50;
const MOST = 1000;
const SVG = 'http://www.w3.org/2000/svg';
const KEY = 'sluice.adminToken';
const $ = selector => document.querySelector(selector);

let token = sessionStorage.getItem(KEY);
let before = null;
let timer = 0;
let tap = null;
let limit = PAGE;
const history = {};

class Refused extends Error {}

async function ask(path, method = 'GET') {
  const answer = await fetch('/admin/' + path, {method, headers: {authorization: 'Bearer ' + token}, cache: 'no-store'});
  if (answer.status === 401) {
    throw new Refused('This is not the token.');
  }
  const json = await answer.json();
  if (!answer.ok) {
    throw new Error(json.error);
  }
  return json;
}

/* Who looks */

function enter(sentence) {
  clearTimeout(timer);
  sessionStorage.removeItem(KEY);
  token = null;
  $('#node').hidden = $('#state').hidden = $('#leave').hidden = true;
  $('#enter').hidden = false;
  $('#refused').textContent = sentence;
  $('#token').focus();
}

$('#enter').addEventListener('submit', event => {
  event.preventDefault();
  token = $('#token').value;
  $('#token').value = '';
  look();
});
$('#leave').addEventListener('click', () => enter(''));

/* The round */

async function look() {
  clearTimeout(timer);
  if (token === null) {
    return enter('');
  }
  const query = new URLSearchParams({limit, sort: $('#sort').value});
  if ($('#search').value.trim()) {
    query.set('q', $('#search').value.trim());
  }
  try {
    const [sessions, rules, topics, broker, one] =
      await Promise.all([ask('sessions?' + query), ask('rules'), ask('topics?limit=20'), ask('broker'), tapped()]);
    sessionStorage.setItem(KEY, token);
    $('#enter').hidden = true;
    $('#node').hidden = $('#state').hidden = $('#leave').hidden = false;
    show(sessions, rules.rules, topics.topics, broker);
    detail(one);
  } catch (failure) {
    if (failure instanceof Refused) {
      return enter(failure.message);
    }
    state('the node does not answer', true);
  }
  timer = setTimeout(look, PERIOD);
}

function show(sessions, rules, topics, broker) {
  const now = performance.now();
  const rates = rules.map((rule, i) => {
    const was = before?.rules[i];
    const seconds = before && (now - before.at) / 1000;
    const rate = name => was ? Math.max(0, (rule[name] - was[name]) / seconds) : 0;
    return {received: rate('received'), delivered: rate('delivered'), dropped: rate('dropped')};
  });
  const sum = name => rates.reduce((all, rate) => all + rate[name], 0);
  before = {at: now, rules};
  figure('sessions', sessions.total, true);
  for (const name of ['received', 'delivered', 'dropped']) {
    figure(name, sum(name));
  }
  figure('unconfirmed', broker.unconfirmed, true);
  $('#wrong').hidden = broker.reason === null;
  $('#wrong').textContent = broker.reason ?? '';
  state(!broker.connected ? 'no broker' : broker.blocked ? 'the broker takes no publishes' : 'connected', !broker.connected || broker.blocked);
  $('#count').textContent = `${number(sessions.sessions.length)} of ${number(sessions.matching)}`;
  $('#more').hidden = sessions.sessions.length >= Math.min(sessions.matching, MOST);
  rows('#sessions', sessions.sessions.map(sessionRow));
  rows('#rules', rules.map((rule, i) => ruleRow(rule, rates[i])));
  rows('#topics', topics.map(topicRow));
}

function state(text, bad) {
  $('#state').textContent = text;
  $('#state').classList.toggle('bad', bad);
}

/* Rows. A focused button keeps its focus through a round, since rows are made anew only where they differ. */

function rows(table, made) {
  const body = $(table + ' tbody');
  made.forEach((row, i) => {
    const there = body.children[i];
    if (!there) {
      body.append(row);
    } else if (there.dataset.key !== row.dataset.key) {
      there.replaceWith(row);
    } else {
      [...row.children].forEach((cell, at) => {
        if (!cell.classList.contains('do') && there.children[at].textContent !== cell.textContent) {
          there.children[at].replaceWith(cell);
        }
      });
    }
  });
  while (body.children.length > made.length) {
    body.lastChild.remove();
  }
  const empty = $(table).parentElement.querySelector('.empty');
  if (empty) {
    empty.hidden = made.length > 0;
  }
  $(table).hidden = made.length === 0;
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text ?? '';
  return made;
}

function row(key, ...cells) {
  const made = document.createElement('tr');
  made.dataset.key = key;
  made.append(...cells);
  return made;
}

function figureCell(label, text, bad) {
  const cell = element('td', bad ? 'n bad' : 'n', text);
  cell.dataset.label = label;
  return cell;
}

function cell(text, small, mono) {
  const made = element('td', 'wide');
  made.append(element('span', mono ? 'mono' : '', text));
  if (small) {
    made.append(element('small', '', small));
  }
  return made;
}

function actions(...made) {
  const cell = element('td', 'do wide');
  for (const [text, className, action] of made) {
    const button = element('button', className, text);
    button.addEventListener('click', action);
    cell.append(button, ' ');
  }
  return cell;
}

function sessionRow(one) {
  const patterns = one.subscriptions.map(subscription => subscription.topic);
  const shown = patterns.slice(0, 3).join(', ') + (patterns.length > 3 ? ` and ${patterns.length - 3} more` : '');
  const disconnect = async () => {
    if (await sure(`Disconnect ${one.principal ?? 'this anonymous session'} (${one.id})? It is told not to come back.`)) {
      await act(() => ask('sessions/' + encodeURIComponent(one.id), 'DELETE'));
    }
  };
  return row(one.id,
    cell(one.principal ?? 'anonymous', one.id),
    cell(one.address, one.origin),
    cell(shown || '–', null, true),
    figureCell('delivered', number(one.delivered)),
    figureCell('dropped', number(one.dropped), one.dropped > 0),
    figureCell('waiting', bytes(one.outboundBytes)),
    figureCell('lag', one.lagMillis ? duration(one.lagMillis) : '–', one.lagMillis > 1000),
    figureCell('age', duration(Date.now() - Date.parse(one.opened))),
    actions(['Tap', 'plain', () => watch('session', one.id)], ['Disconnect', 'danger', disconnect]));
}

function ruleRow(rule, rate) {
  const name = element('td', 'wide');
  const served = rule.available || !rule.subscribable;
  name.append(element('span', rule.available ? 'dot' : 'dot bad', '● '), element('span', 'mono', rule.rule));
  name.append(element('small', '', rule.kind + (rule.overflow ? ', ' + rule.overflow : '')));
  if (!served || rule.reason) {
    name.append(element('span', 'off', rule.reason ?? 'not available'));
  }
  return row(rule.rule, name, cell(rule.queue ?? rule.stream ?? rule.exchange, null, true),
    figureCell('subscriptions', number(rule.subscriptions)),
    figureCell('in', perSecond(rate.received)), figureCell('out', perSecond(rate.delivered)));
}

function topicRow(topic) {
  return row(topic.topic, cell(topic.topic, topic.rule, true), figureCell('in', perSecond(topic.perSecond)),
    figureCell('bytes', bytes(topic.bytesPerSecond)), figureCell('receivers', number(topic.subscribers)),
    actions(['Tap', 'plain', () => watch('topic', topic.topic)]));
}

/* What is done */

function sure(question) {
  const dialog = $('#sure');
  $('#question').textContent = question;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(answered => dialog.addEventListener('close', () => answered(dialog.returnValue === 'yes'), {once: true}));
}

async function act(action) {
  $('#failed').hidden = true;
  try {
    await action();
  } catch (failure) {
    $('#failed').hidden = false;
    $('#failed').textContent = failure.message;
  }
  look();
}

$('#drain').addEventListener('click', async () => {
  if (await sure('Drain this node? Its sessions go to the others, and the process ends.')) {
    act(() => ask('drain', 'POST'));
  }
});
$('#sort').addEventListener('change', look);
$('#more').addEventListener('click', () => {
  limit = Math.min(MOST, limit + PAGE);
  look();
});
$('#search').addEventListener('input', () => {
  clearTimeout(timer);
  limit = PAGE;
  timer = setTimeout(look, 250);
});

/* Tap */

async function watch(what, which) {
  tap?.controller.abort();
  const mine = tap = {what, which, controller: new AbortController()};
  $('#tap').hidden = false;
  $('#tapped').textContent = which;
  $('#tapScope').hidden = what !== 'topic';
  $('#messages').replaceChildren();
  $('#detail').hidden = true;
  look();
  $('#tapState').textContent = 'watching';
  $('#tap').scrollIntoView({block: 'nearest'});
  try {
    const query = new URLSearchParams({[what]: which, payload: $('#payload').checked, seconds: '300'});
    const answer = await fetch('/admin/tap?' + query,
      {headers: {authorization: 'Bearer ' + token}, signal: mine.controller.signal, cache: 'no-store'});
    if (!answer.ok) {
      throw new Error((await answer.json()).error);
    }
    await read(answer.body.pipeThrough(new TextDecoderStream()).getReader(), mine);
  } catch (failure) {
    if (tap === mine && failure.name !== 'AbortError') {
      $('#tapState').textContent = failure.message;
    }
  }
}

/* Of the session that is tapped, all that is known of it; null where it has gone. */

async function tapped() {
  const mine = tap;
  if (mine?.what !== 'session') {
    return null;
  }
  return ask('sessions/' + encodeURIComponent(mine.which)).catch(failure => {
    if (failure instanceof Refused) {
      throw failure;
    }
    return null;
  });
}

function detail(one) {
  if (one === null || one.id !== tap?.which) {
    return;
  }
  const facts = [
    ['User', one.principal === null ? 'anonymous' : one.principal + (one.issuer ? `, of ${one.issuer}` : '')],
    ['From', [one.address, one.origin].filter(Boolean).join(', ')],
    ['Speaks', `${one.protocol} over ${one.transport}`],
    ['Since', `${new Date(one.opened).toLocaleString()}, ${duration(Date.now() - Date.parse(one.opened))}`],
    ['Messages', `${number(one.received)} from it, ${number(one.delivered)} to it, ${number(one.dropped)} dropped`],
    ['Waiting', bytes(one.outboundBytes) + (one.lagMillis ? `, the oldest for ${duration(one.lagMillis)}` : '')],
    ...one.subscriptions.map(({topic, rule}, i) => [i ? '' : 'Subscribed', rule === topic ? topic : `${topic}, by the rule ${rule ?? 'that has gone'}`]),
  ];
  $('#detail').replaceChildren(...facts.flatMap(([name, value]) => [element('dt', '', name), element('dd', '', value)]));
  $('#detail').hidden = false;
}

async function read(reader, mine) {
  let rest = '';
  for (let part = await reader.read(); !part.done && tap === mine; part = await reader.read()) {
    const events = (rest + part.value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const [name, data] = event.split('\n').map(line => line.slice(line.indexOf(': ') + 2));
      name === 'end' ? $('#tapState').textContent = `ended: ${JSON.parse(data).reason}` : seen(JSON.parse(data));
    }
  }
}

function seen(message) {
  const line = document.createElement('li');
  line.append(element('time', '', message.at.slice(11, 23)), element('span', 'quiet', message.direction ?? 'broker'),
    element('span', '', [message.op, message.topic, message.code].filter(Boolean).join(' ') || '?'),
    element('span', 'quiet', bytes(message.bytes)));
  if (message.text !== undefined) {
    line.append(element('pre', '', message.text));
  }
  $('#messages').prepend(line);
  while ($('#messages').children.length > 200) {
    $('#messages').lastChild.remove();
  }
}

$('#payload').addEventListener('change', () => tap && watch(tap.what, tap.which));
$('#untap').addEventListener('click', () => {
  tap?.controller.abort();
  tap = null;
  $('#tap').hidden = true;
});

/* Figures */

function figure(name, value, whole) {
  $(`[data-figure=${name}]`).textContent = whole ? number(value) : perSecond(value);
  const values = history[name] ??= [];
  values.push(value);
  if (values.length > VALUES) {
    values.shift();
  }
  const svg = $(`[data-spark=${name}]`);
  const most = Math.max(...values) || 1;
  const points = values.map((each, i) => `${(100 - (values.length - 1 - i) * 100 / (VALUES - 1)).toFixed(1)},${(22 - each / most * 18).toFixed(1)}`);
  const line = document.createElementNS(SVG, 'polyline');
  const area = document.createElementNS(SVG, 'polygon');
  line.setAttribute('points', points.join(' '));
  area.setAttribute('points', `${points[0].split(',')[0]},24 ${points.join(' ')} 100,24`);
  svg.setAttribute('viewBox', '0 0 100 24');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.replaceChildren(area, line);
}

const number = value => value.toLocaleString('en');
const perSecond = value => value >= 100 ? number(Math.round(value)) : value ? value.toFixed(1) : '0';

function bytes(value) {
  return value < 1024 ? `${Math.round(value)} B` : value < 1 << 20 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / (1 << 20)).toFixed(1)} MiB`;
}

function duration(millis) {
  const seconds = Math.max(0, millis) / 1000;
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : seconds < 120 ? `${Math.round(seconds)} s`
    : seconds < 7200 ? `${Math.round(seconds / 60)} min` : seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

look();
