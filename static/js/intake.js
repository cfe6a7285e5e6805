// The intake page while somebody fills it in: saves by itself, keeps the summary true, and answers keys.
// Without it the page saves with its buttons. Nothing about a patient is kept in the browser.

const form = document.getElementById("intake-form");
const stateLine = document.querySelector("[data-save-state]");
const words = stateLine.dataset;
const spoken = document.querySelector("[data-announce]");
const conflictBox = document.querySelector("[data-conflict]");
const signInDialog = document.querySelector("dialog[data-sign-in]");

const WAIT = 600; // milliseconds between the first change and saving it
const RETRIES = [1, 2, 4, 8, 15]; // seconds
const TIMEOUT = 20000; // milliseconds before an answer counts as lost

const known = {}; // by question: what the server holds as far as this page was told
const dirty = new Map(); // by question: the count of its last change
const acts = []; // buttons for many lines at once that were pressed and are not done yet
const disputed = new Set(); // questions that wait for a choice between two values
let changes = 0;
let busy = false;
let timer = 0;
let failures = 0;
let inTrouble = false;
let savedAt = words.at;
let leaving = false;
let leave = null; // what leaves the page as soon as everything is saved

// --- what is on the page ---------------------------------------------------------------------------------------------

const sectionOf = (element) => element.closest("[data-section]");
const chartOf = (name) => form.querySelector(`[data-body-chart][data-item="${CSS.escape(name)}"]`);
const controls = (name) => [...(chartOf(name)?.querySelectorAll("input, select") ?? form.querySelectorAll(`[name="${CSS.escape(name)}"]`))];
const questionOf = (control) => control.closest("[data-body-chart]")?.dataset.item ?? control.name;
const address = (section) => form.dataset.sections.replace("SECTION", section);

function learn(root) {
  root.querySelectorAll("input[data-shown]").forEach((input) => Object.assign(known, JSON.parse(input.value)));
}

// The hidden fields say what the page showed: a page that is sent as a whole must say what it knows now.
function remember(values) {
  Object.assign(known, values);
  form.querySelectorAll("input[data-shown]").forEach((input) => {
    const shown = JSON.parse(input.value);
    Object.keys(shown).forEach((code) => { shown[code] = known[code] ?? null; });
    input.value = JSON.stringify(shown);
  });
}

function fill(name, value) {
  const chart = chartOf(name);
  if (chart) return void chart.dispatchEvent(new CustomEvent("fill-chart", { bubbles: true, detail: value }));
  const posted = { true: "yes", false: "no", null: "" }[String(value)] ?? value;
  controls(name).forEach((control) => {
    if (control.type === "radio") control.checked = control.value === String(posted);
    else if (control.type === "checkbox") control.checked = (value || []).includes(control.value);
    else control.value = posted;
  });
}

function replace(selector, html) {
  const old = document.querySelector(selector);
  if (!old || old.innerHTML === html) return;
  if (old.contains(document.activeElement)) old.addEventListener("focusout", () => { old.innerHTML = html; }, { once: true });
  else old.innerHTML = html;
}

// The buttons for many lines at once. The one that was pressed is gone then: its opposite takes the focus.
function replaceActs({ section, acts, said }) {
  const place = document.querySelector(`[data-acts="${section}"]`);
  if (!said) return replace(`[data-acts="${section}"]`, acts);
  spoken.textContent = said;
  place.innerHTML = acts;
  place.querySelector("button")?.focus();
}

// --- the state of saving ---------------------------------------------------------------------------------------------

function show(words_, kind) {
  stateLine.dataset.state = kind;
  stateLine.querySelector("[data-state-words]").textContent = words_;
  stateLine.querySelector("button").hidden = kind !== "trouble";
}

// Changes and pressed buttons that the server has not confirmed.
const waiting = () => dirty.size + acts.length;

// Says "saved" only when the server holds everything that is on the page.
function say() {
  form.dataset.unsaved = waiting();
  if (inTrouble) return;
  if (waiting()) show(words.saving, "saving");
  else show(words.saved.replace("#", savedAt), "saved");
}

function saved() {
  failures = 0;
  if (disputed.size) return trouble(words.disputed);
  if (inTrouble) spoken.textContent = words.recovered;
  inTrouble = false;
  say();
}

function trouble(text) {
  form.dataset.unsaved = waiting();
  const line = text.replace("#", waiting());
  if (!inTrouble) spoken.textContent = line;
  inTrouble = true;
  show(line, "trouble");
}

// --- saving ----------------------------------------------------------------------------------------------------------

function touch(name) {
  changes += 1;
  dirty.set(name, changes);
  if (disputed.has(name)) settle(name);
  say();
}

function later(wait = WAIT) {
  if (!timer) timer = setTimeout(() => { timer = 0; save(); }, wait);
}

// What is to be sent now: one section, its changed questions, and the button that was pressed in it, if any.
function next() {
  const names = [...dirty.keys()].filter((name) => !disputed.has(name) && controls(name).length);
  const section = acts[0]?.section ?? (names.length && sectionOf(controls(names[0])[0]).dataset.section);
  return { section, act: acts[0], names: names.filter((name) => sectionOf(controls(name)[0]).dataset.section === section) };
}

function body(section, names, act) {
  const data = new FormData(form);
  const sent = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, ...act?.sent });
  sent.set(`shown_${section}`, JSON.stringify(Object.fromEntries(names.map((name) => [name, known[name] ?? null]))));
  for (const [field, value] of data) if (names.includes(field.split("-")[0])) sent.append(field, value);
  form.querySelectorAll("[data-section][data-opened]").forEach((each) => sent.append("opened", each.dataset.section));
  return sent;
}

// Gives whether the server took it or showed another value, so that what else there is can be sent.
async function send({ section, names, act }) {
  const sent = new Map(names.map((name) => [name, dirty.get(name)]));
  try {
    const answer = await fetch(address(section), {
      method: "POST", body: body(section, names, act), signal: AbortSignal.timeout(TIMEOUT), redirect: "follow",
    });
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    if (isJson && answer.status === 200) return accept(await answer.json(), sent, act);
    if (isJson && answer.status === 409) return dispute(await answer.json());
    if (isJson && answer.status === 422) return trouble((await answer.json()).refused);
    if (answer.redirected) return askToSignIn();
    if (answer.status === 403 && (await renew())) return later(0);
    throw new Error(answer.status);
  } catch {
    return retry();
  }
}

async function save() {
  if (busy || !next().section) return;
  busy = true;
  const answered = await send(next());
  busy = false;
  if (!answered) return;
  if (next().section) later(0);
  else if (leave && !waiting()) leave();
}

function accept(reply, sent, act) {
  if (act) acts.shift();
  sent.forEach((count, name) => { if (dirty.get(name) === count) dirty.delete(name); });
  remember(reply.values);
  Object.entries(reply.values).forEach(([name, value]) => {
    const typing = document.activeElement.matches("textarea, input:not([type=radio], [type=checkbox])");
    if (!dirty.has(name) && !(typing && controls(name).includes(document.activeElement))) fill(name, value);
    stampOf(name, reply.stamps[name]);
  });
  replace("[data-summary]", reply.summary);
  replace("[data-bar]", reply.bar);
  replace("[data-rail]", reply.rail);
  replaceActs(reply);
  reply.added.forEach(add);
  savedAt = reply.saved_at;
  saved();
  return true;
}

function stampOf(name, text) {
  const row = document.getElementById(`div_id_${name}`);
  if (!row) return;
  const place = row.matches("tr") ? row.querySelector("th") : row.parentElement;
  place.querySelector(".stamp")?.remove();
  if (!text) return;
  const stamp = Object.assign(document.createElement("span"), { className: "stamp", id: `id_${name}_stamp`, textContent: text });
  place.append(stamp);
}

function add({ section, codes, html }) {
  if (codes.some((code) => controls(code).length)) return;
  const place = form.querySelector(`[data-section="${section}"] [data-added]`);
  place.insertAdjacentHTML("beforeend", html);
  learn(place);
}

function retry() {
  const wait = RETRIES[Math.min(failures, RETRIES.length - 1)];
  failures += 1;
  trouble(navigator.onLine ? words.notSaved : words.offline);
  clearTimeout(timer);
  timer = 0;
  later(wait * 1000);
}

function again() {
  clearTimeout(timer);
  timer = 0;
  save();
}

// What is still unsaved when the page goes away is handed to the browser, which sends it all the same.
function handOver() {
  if (leaving) return;
  const sections = Map.groupBy([...dirty.keys()].filter((name) => !disputed.has(name) && controls(name).length), (name) => sectionOf(controls(name)[0]).dataset.section);
  sections.forEach((names, section) => fetch(address(section), { method: "POST", body: body(section, names), keepalive: true }).catch(() => {}));
}

// --- two people, or two tabs -----------------------------------------------------------------------------------------

function dispute(reply) {
  Object.entries(reply.stored).forEach(([name, value]) => {
    disputed.add(name);
    known[name] = value;
  });
  savedAt = reply.saved_at;
  conflictBox.innerHTML = reply.conflict;
  conflictBox.hidden = false;
  trouble(words.disputed);
  return true;
}

// A choice was made: with a button of the box, or by answering the question itself once more.
function settle(name) {
  disputed.delete(name);
  remember({ [name]: known[name] });
  conflictBox.querySelector(`[data-keep][value="${CSS.escape(name)}"]`)?.closest("tr").remove();
  if (disputed.size) return;
  conflictBox.hidden = true;
  conflictBox.innerHTML = "";
  inTrouble = false;
}

conflictBox.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-keep]");
  if (!button) return;
  const name = button.value;
  if (button.dataset.keep === "stored") {
    fill(name, known[name]);
    dirty.delete(name);
  }
  settle(name);
  if (!disputed.size) controls(name)[0].focus();
  if (waiting()) again();
  say();
});

// --- signing in again in place ---------------------------------------------------------------------------------------

const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

// A page of ours holds the token that this browser must send now.
async function renew() {
  const page = parsed(await (await fetch(form.dataset.token)).text());
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!token) return false;
  document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token; });
  failures += 1;
  return failures < RETRIES.length;
}

function askToSignIn() {
  trouble(words.signedOut);
  if (!signInDialog.open) signInDialog.showModal();
}

signInDialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const failed = signInDialog.querySelector("[data-failed]");
  try {
    const page = parsed(await (await fetch(form.dataset.signIn)).text());
    const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
    const answer = await fetch(form.dataset.signIn, {
      method: "POST",
      body: new URLSearchParams({ csrfmiddlewaretoken: token, username: fields.username.value, password: fields.password.value, next: form.dataset.token }),
    });
    failed.hidden = answer.ok && answer.redirected;
    if (!failed.hidden) return;
    signInDialog.close();
    fields.password.value = "";
    await renew();
    failures = 0;
    again();
  } catch {
    failed.hidden = false;
  }
});

// --- keys ------------------------------------------------------------------------------------------------------------

const isControl = "input:not([type=hidden]), textarea, select, summary";
const visible = (element) => element.checkVisibility();

// Where to begin in a part of the page: its chosen answer, else its first control.
function controlIn(part) {
  const found = [...(part?.querySelectorAll(isControl) ?? [])].filter(visible);
  return found.find((each) => each.type === "radio" && each.checked && each.name === found[0].name) ?? found[0];
}

function goTo(section) {
  if (!section) return;
  section.scrollIntoView({ block: "start" });
  controlIn(section)?.focus({ preventScroll: true });
}

function step(direction) {
  const sections = [...form.querySelectorAll("[data-section]")];
  const here = sections.indexOf(document.activeElement && sectionOf(document.activeElement));
  goTo(sections[Math.max(0, here + direction)]);
}

function nextNeeded() {
  const links = [...document.querySelectorAll("[data-summary] [data-needed] a")];
  const here = document.activeElement;
  const after = links.find((link) => {
    const target = document.querySelector(link.hash);
    return target && !target.contains(here) && here.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING;
  });
  const next = after || links[0];
  // At once, so that the next key finds it there; the address would change later.
  if (next && document.querySelector(next.hash)) reach(next.hash);
  else next?.click();
}

function restOfSection() {
  const section = document.activeElement && sectionOf(document.activeElement);
  const button = section && [...section.querySelectorAll("button[data-act]")].find(visible);
  if (button) button.click();
}

const KEYS = {
  PageDown: () => step(1),
  PageUp: () => step(-1),
  j: nextNeeded,
  k: nextQuestion,
  r: restOfSection,
};

document.addEventListener("keydown", (event) => {
  const alone = !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (event.altKey && alone && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  } else if (event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    form.requestSubmit(document.querySelector("button[name=complete]"));
  } else if (!event.altKey && alone) {
    answerByKey(event);
  } else if (event.key === "?" && !event.target.closest(isControl)) {
    document.querySelector("[data-keys]").toggleAttribute("open");
  }
});

// In a question: n is no, j or y is yes, and on to the next row; a digit is that answer, counted from 1 where it is no number.
function answerByKey(event) {
  const group = event.target.matches("[type=radio], [type=checkbox]") && event.target.closest("tr, .segments, .choices");
  if (!group) return;
  const options = [...group.querySelectorAll("input")].filter((input) => input.value !== "");
  const value = { n: "no", j: "yes", y: "yes" }[event.key] ?? event.key;
  const numbered = /^[1-9]$/.test(event.key) && !options.some((input) => input.value === "yes") && options[event.key - 1];
  const option = options.find((input) => input.value === value) ?? numbered;
  if (!option) return;
  event.preventDefault();
  option.focus();
  option.click();
  if (group.matches("tr")) controlIn(group.nextElementSibling)?.focus();
}

function nextQuestion() {
  const questions = [...form.querySelectorAll(".question, table.answers tbody tr")].filter(visible);
  const here = questions.findIndex((each) => each.contains(document.activeElement));
  const after = questions.find((each) => document.activeElement.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
  controlIn(here < 0 ? after : questions[here + 1])?.focus();
}

// --- questions that were one click away ------------------------------------------------------------------------------

async function unfold(details) {
  const place = details.querySelector("[data-load]");
  if (!details.open || !place) return;
  const url = place.dataset.load;
  delete place.dataset.load;
  try {
    const answer = await fetch(url);
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    details.querySelector(".fold-body").innerHTML = await answer.text();
    sectionOf(details).dataset.opened = "yes";
    learn(details);
    reach();
  } catch {
    place.dataset.load = url;
  }
}

// A link to a question that is folded away opens the fold first.
function reach(hash = location.hash) {
  const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (!target) return;
  if (target.matches("[data-section]")) return;
  controlIn(target)?.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-question]");
  if (!link || document.querySelector(link.hash)) return;
  const fold = form.querySelector(`[data-section="${link.dataset.question}"] details[data-more]`);
  if (fold) fold.open = true;
});
addEventListener("hashchange", () => reach());

// --- a condition or a medicine that is found by its name and recorded as yes ------------------------------------------

async function recordFound(field, found) {
  const name = found.value;
  const code = found.dataset.code;
  const fold = sectionOf(field).querySelector("details[data-more]");
  if (!controls(code).length && fold) {
    fold.open = true;
    await unfold(fold);
  }
  const yes = controls(code).find((control) => control.value === "yes");
  if (!yes) return;
  yes.click();
  field.value = "";
  spoken.textContent = words.recorded.replace("#", name);
}
form.addEventListener("input", ({ target: field }) => {
  const found = field.matches("[data-find]") && [...field.list.options].find((option) => option.value === field.value);
  if (found) recordFound(field, found);
});
// Enter takes what is typed as far as it needs to be: when one name begins with it, or only one holds it.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-find]")) return;
  event.preventDefault();
  const typed = event.target.value.trim().toLowerCase();
  const named = [...event.target.list.options].map((option) => [option.value.toLowerCase(), option]);
  const first = named.filter(([name]) => typed && name.startsWith(typed));
  const anywhere = named.filter(([name]) => typed && name.includes(typed));
  const found = [first, anywhere].find((each) => each.length === 1);
  if (found) recordFound(event.target, found[0][1]);
});

// --- starters: a sentence that goes on with typing -------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("button[data-insert]");
  if (!chip) return;
  const field = document.getElementById(chip.dataset.into);
  const gap = field.value && !/\s$/.test(field.value) ? " " : "";
  field.setRangeText(`${gap}${chip.dataset.insert} `, field.selectionEnd, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// --- beginning -------------------------------------------------------------------------------------------------------

document.documentElement.classList.add("scripted");
learn(form);
form.addEventListener("input", (event) => {
  const name = questionOf(event.target);
  if (!(name in known)) return;
  touch(name);
  later(event.target.matches("[type=radio], [type=checkbox]") ? 0 : WAIT);
});
form.addEventListener("change", (event) => {
  const name = questionOf(event.target);
  if (!(name in known)) return;
  if (chartOf(name)) touch(name); // the figure ticks the list by script, which gives a change and no input
  if (inTrouble) later();
  else again();
});
form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.matches("[data-act]")) {
    event.preventDefault();
    acts.push({ section: sectionOf(button).dataset.section, sent: { [button.name]: button.value } });
    say();
    again();
  } else if (waiting()) {
    event.preventDefault();
    leave = () => form.requestSubmit(button);
    again();
  } else {
    leaving = true;
  }
});
form.addEventListener("toggle", (event) => event.target.matches("details[data-more]") && unfold(event.target), true);
stateLine.querySelector("button").addEventListener("click", again);
addEventListener("online", again);
addEventListener("offline", () => waiting() && trouble(words.offline));
addEventListener("visibilitychange", () => document.visibilityState === "hidden" && handOver());
addEventListener("pagehide", handOver);
addEventListener("beforeunload", (event) => { if (waiting() && !leaving) event.preventDefault(); });
addEventListener("focus", () => inTrouble && signInDialog.open && again());
addEventListener("load", () => setTimeout(() => reach())); // after the browser itself went to the address, which takes the focus away
