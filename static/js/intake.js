// The intake page while somebody fills it in: saves by itself, keeps the summary true, and answers keys.
// Without it the page saves with its buttons. Nothing about a patient is kept in the browser.

const form = document.getElementById("intake-form");
const stateLine = document.querySelector("[data-save-state]");
const words = stateLine.dataset;
const spoken = document.querySelector("[data-announce]");
const conflictBox = document.querySelector("[data-conflict]");
const signInDialog = document.querySelector("dialog[data-sign-in]");

const WAIT = 600; // milliseconds between the first change and saving it
const SLOW = 400; // milliseconds before a save is worth a word
const RETRIES = [1, 2, 4, 8, 15]; // seconds
const TIMEOUT = 20000; // milliseconds before an answer counts as lost

const known = {}; // by question: what the server holds as far as this page was told
const dirty = new Map(); // by question: the count of its last change
const disputed = new Set(); // questions that wait for a choice between two values
let changes = 0;
let busy = false;
let timer = 0;
let failures = 0;
let inTrouble = false;
let leaving = false;

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

function saved(time) {
  failures = 0;
  form.dataset.unsaved = dirty.size;
  if (inTrouble) spoken.textContent = words.recovered;
  inTrouble = false;
  show(words.saved.replace("#", time), dirty.size ? "saving" : "saved");
}

function trouble(text) {
  const line = text.replace("#", dirty.size);
  if (!inTrouble) spoken.textContent = line;
  inTrouble = true;
  show(line, "trouble");
}

// --- saving ----------------------------------------------------------------------------------------------------------

function touch(name) {
  changes += 1;
  dirty.set(name, changes);
  disputed.delete(name);
  form.dataset.unsaved = dirty.size;
}

function later(wait = WAIT) {
  if (!timer) timer = setTimeout(() => { timer = 0; save(); }, wait);
}

function next() {
  const names = [...dirty.keys()].filter((name) => !disputed.has(name) && controls(name).length);
  const section = names.length && sectionOf(controls(names[0])[0]).dataset.section;
  return { section, names: names.filter((name) => sectionOf(controls(name)[0]).dataset.section === section) };
}

function body(section, names, extra = {}) {
  const data = new FormData(form);
  const sent = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value, ...extra });
  sent.set(`shown_${section}`, JSON.stringify(Object.fromEntries(names.map((name) => [name, known[name] ?? null]))));
  for (const [field, value] of data) if (names.includes(field.split("-")[0])) sent.append(field, value);
  form.querySelectorAll("[data-section][data-opened]").forEach((each) => sent.append("opened", each.dataset.section));
  return sent;
}

async function send(section, names, extra) {
  const sent = new Map(names.map((name) => [name, dirty.get(name)]));
  const slow = setTimeout(() => inTrouble || show(words.saving, "saving"), SLOW);
  try {
    const answer = await fetch(address(section), {
      method: "POST", body: body(section, names, extra), signal: AbortSignal.timeout(TIMEOUT), redirect: "follow",
    });
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    if (isJson && answer.status === 200) return await accept(await answer.json(), sent);
    if (isJson && answer.status === 409) return dispute(await answer.json());
    if (isJson && answer.status === 422) return trouble((await answer.json()).refused);
    if (answer.redirected) return askToSignIn();
    if (answer.status === 403 && (await renew())) return later(0);
    throw new Error(answer.status);
  } catch {
    return retry();
  } finally {
    clearTimeout(slow);
  }
}

async function save(extra = {}, section = null) {
  if (busy) return later(50);
  const waiting = section ? { section, names: next().section === section ? next().names : [] } : next();
  if (!waiting.section) return undefined;
  busy = true;
  try {
    return await send(waiting.section, waiting.names, extra);
  } finally {
    busy = false;
    if (!inTrouble && next().section) later();
  }
}

function accept(reply, sent) {
  sent.forEach((count, name) => { if (dirty.get(name) === count) dirty.delete(name); });
  remember(reply.values);
  Object.entries(reply.values).forEach(([name, value]) => {
    const here = controls(name);
    if (here.length && !dirty.has(name) && !here.includes(document.activeElement)) fill(name, value);
    stampOf(name, reply.stamps[name]);
  });
  replace("[data-summary]", reply.summary);
  replace("[data-bar]", reply.bar);
  replace("[data-rail]", reply.rail);
  replaceActs(reply);
  reply.added.forEach(add);
  saved(reply.saved_at);
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
  conflictBox.innerHTML = reply.conflict;
  conflictBox.hidden = false;
  trouble(words.disputed);
  if (next().section) later();
}

conflictBox.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-keep]");
  if (!button) return;
  const name = button.value;
  disputed.delete(name);
  if (button.dataset.keep === "stored") {
    fill(name, known[name]);
    dirty.delete(name);
  }
  remember({ [name]: known[name] });
  button.closest("tr").remove();
  if (!conflictBox.querySelector("[data-keep]")) {
    conflictBox.hidden = true;
    conflictBox.innerHTML = "";
    inTrouble = false;
    controls(name)[0].focus();
  }
  if (dirty.size) again();
  else saved(words.at);
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

const isControl = "input:not([type=hidden]), textarea, select";
const visible = (element) => element.checkVisibility();

function goTo(section) {
  if (!section) return;
  section.scrollIntoView({ block: "start" });
  [...section.querySelectorAll(isControl)].find((each) => visible(each) && !each.disabled)?.focus({ preventScroll: true });
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
  (after || links[0])?.click();
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
    answerByLetter(event);
  } else if (event.key === "?" && !event.target.closest(isControl)) {
    document.querySelector("[data-keys]").toggleAttribute("open");
  }
});

// In a row with no and yes: n, and j or y; then on to the next question.
function answerByLetter(event) {
  const value = { n: "no", j: "yes", y: "yes" }[event.key];
  const row = value && event.target.matches("input[type=radio]") && event.target.closest("tr, .segments");
  const option = row && row.querySelector(`input[value="${value}"]`);
  if (!option) return;
  event.preventDefault();
  option.focus();
  option.click();
  const following = row.nextElementSibling?.querySelector("input:checked");
  if (following) following.focus();
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
function reach() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.matches("[data-section]")) return;
  target.querySelector(`${isControl.replaceAll("input", "input:checked, input")}`)?.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-question]");
  if (!link || document.querySelector(link.hash)) return;
  const fold = form.querySelector(`[data-section="${link.dataset.question}"] details[data-more]`);
  if (fold) fold.open = true;
});
addEventListener("hashchange", reach);

// --- starters: a sentence that goes on with typing -------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("button[data-insert]");
  if (!chip) return;
  const field = document.getElementById(chip.dataset.into);
  const gap = field.value && !/\s$/.test(field.value) ? " " : "";
  field.setRangeText(gap + chip.dataset.insert, field.selectionEnd, field.selectionEnd, "end");
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
  if (!(name in known) || inTrouble) return;
  if (chartOf(name)) touch(name); // the figure ticks the list by script, which gives a change and no input
  again();
});
form.addEventListener("submit", (event) => {
  const act = event.submitter?.matches("[data-act]") && sectionOf(event.submitter);
  if (!act) { leaving = true; return; }
  event.preventDefault();
  save({ [event.submitter.name]: event.submitter.value }, act.dataset.section);
});
form.addEventListener("toggle", (event) => event.target.matches("details[data-more]") && unfold(event.target), true);
stateLine.querySelector("button").addEventListener("click", again);
addEventListener("online", again);
addEventListener("offline", () => dirty.size && trouble(words.offline));
addEventListener("visibilitychange", () => document.visibilityState === "hidden" && handOver());
addEventListener("pagehide", handOver);
addEventListener("beforeunload", (event) => { if (dirty.size && !leaving) event.preventDefault(); });
addEventListener("focus", () => inTrouble && signInDialog.open && again());
reach();
