// What pages gain from scripts: keys, search as you type (by htmx), saving, copying and colours
// without loading the page again. Every page is whole without this file.
"use strict";

const $ = (id) => document.getElementById(id);

// --- said in passing --------------------------------------------------------------------------

function toast(text, label, act) {
  const made = $("toast").content.firstElementChild.cloneNode(true);
  made.querySelector("span").textContent = text;
  if (label) {
    const button = made.querySelector("button");
    button.textContent = label;
    button.hidden = false;
    button.addEventListener("click", () => { made.remove(); act(); });
  }
  $("toasts").replaceChildren(made);
  setTimeout(() => made.remove(), label ? 8000 : 4000);
}

// --- copying and sharing ------------------------------------------------------------------------

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    // Browsers give the clipboard to safe addresses only; plain http in a lab is none.
    toast("This browser does not let the page copy. Select the text and copy it yourself.");
  }
}

// --- saving, voting, and what was seen ------------------------------------------------------------

// What each button does, the opposite, and what is said of it.
const MARKS = {
  save: { other: "remove", form: "saving", said: "Saved" },
  remove: { other: "save", form: "saving", said: "No longer saved" },
  seen: { other: "unseen", form: "seeing", said: "Marked as seen" },
  unseen: { other: "seen", form: "seeing", said: "Not seen" },
  vote: { other: "unvote", form: "voting", said: "Voted" },
  unvote: { other: "vote", form: "voting", said: "Vote taken back" },
};
const isOn = (name) => ["save", "seen", "vote"].includes(name);

// One after another: the first save of all makes the reader, whose cookie the next ones carry.
let saving = Promise.resolve();

function save(button) {
  saving = saving.then(() => saveNow(button));
}

async function saveNow(button) {
  const { name, value } = button;
  const { form, other, said } = MARKS[name];
  const body = new URLSearchParams({ [name]: value });
  show(value, name); // at once; taken back if it fails
  try {
    const headers = { Accept: "application/json" };
    // Kept alive: a reader may leave the page at once.
    const answer = await fetch($(form).action, { method: "POST", body, headers, keepalive: true });
    if (!answer.ok) {
      const told = [401, 409, 429].includes(answer.status) ? await answer.json() : {};
      if (told.sign_in) location.assign(told.sign_in);
      throw new Error(told.error ?? "");
    }
    if (form === "voting") counted(value, (await answer.json()).votes);
    toast(said, "Undo", () => save(button));
  } catch (error) {
    show(value, other);
    toast(error.message || "That could not be kept: the server did not answer. Try again.");
  }
}

// What was done to a paper, on all buttons of its kind.
function show(paper, done) {
  const { form, other } = MARKS[done];
  for (const button of document.querySelectorAll(`button[form=${form}]`)) {
    if (button.value !== paper || !MARKS[button.name]) continue;
    button.name = other;
    button.setAttribute("aria-pressed", isOn(done));
    if (form === "voting") counted(paper, votesOn(button) + (isOn(done) ? 1 : -1), button);
    if (form === "seeing") button.closest(".card")?.classList.toggle("seen", isOn(done));
  }
}

const votesOn = (button) => Number(button.querySelector("[data-votes]").textContent.replaceAll(",", ""));

// How many votes a paper has, on one of its buttons or on all.
function counted(paper, votes, only) {
  for (const button of only ? [only] : document.querySelectorAll("button[form=voting]")) {
    if (button.value === paper) {
      button.querySelector("[data-votes]").textContent = votes.toLocaleString("en");
    }
  }
}

// --- visits -------------------------------------------------------------------------------------

// Only readers who asked for it have the address in their pages. A visit is told of now and then,
// and each paper that is opened.
const NOTICED = 5 * 60 * 1000; // ms

async function visit() {
  const address = document.body.dataset.visit;
  const paper = document.querySelector("article.paper button.see")?.value;
  const told = Number(localStorage.getItem("visit"));
  if (!address || (!paper && Math.abs(Date.now() - told) < NOTICED)) return;
  const body = new URLSearchParams(paper ? { paper } : {});
  try {
    const answer = await fetch(address, { method: "POST", body, keepalive: true });
    if (!answer.ok) return;
    localStorage.setItem("visit", Date.now());
    if (paper) show(paper, "seen");
  } catch {
    // The next page tells it.
  }
}

if (document.prerendering) document.addEventListener("prerenderingchange", visit, { once: true });
else visit();

// --- colours ------------------------------------------------------------------------------------

function colours(chosen) {
  const root = document.documentElement;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = chosen === "system" ? 0 : 400 * 24 * 3600;
  document.cookie = `theme=${chosen}; Max-Age=${age}; Path=/; SameSite=Lax${secure}`;
  if (chosen === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  document.querySelector("meta[name=color-scheme]").content =
    chosen === "system" ? "light dark" : chosen;
  for (const button of $("themes").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", button.value === chosen);
  }
  const use = document.querySelector("[popovertarget=themes] use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${chosen}`));
  $("themes").hidePopover();
}

// --- keys ---------------------------------------------------------------------------------------

const links = () => [...document.querySelectorAll(".card :is(h2, h3) a")];
const current = () => document.activeElement.closest(".card") ?? null;

function step(by) {
  const all = links();
  const at = all.findIndex((link) => current()?.contains(link));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
  next?.focus({ focusVisible: true });
  next?.closest(".card").scrollIntoView({ block: "nearest" });
}

const keys = {
  "/": () => { $("q").focus(); $("q").select(); },
  j: () => step(1),
  k: () => step(-1),
  o: () => (current()?.querySelector(":is(h2, h3) a") ?? document.querySelector(".paper a.text"))?.click(),
  s: () => (current() ?? document.querySelector(".paper"))?.querySelector("button.save")?.click(),
  v: () => (current() ?? document.querySelector(".paper"))?.querySelector("button.vote")?.click(),
  x: () => (current() ?? document.querySelector(".paper"))?.querySelector("button.see")?.click(),
  n: () => document.querySelector("main a[rel=next]")?.click(),
  p: () => document.querySelector("main a[rel=prev]")?.click(),
  "?": () => $("keys").showModal(),
};

// Single letters disturb those who speak to their browser: they can be turned off (WCAG 2.1.4).
const keysOn = () => localStorage.getItem("keys") !== "off";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, dialog")) {
    if (event.key === "Escape" && event.target.id === "q") $("main").focus();
    return;
  }
  if (!Object.hasOwn(keys, event.key) || (!keysOn() && event.key !== "?")) return;
  event.preventDefault();
  keys[event.key]();
});

// --- what is clicked, sent and chosen -----------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { copy: text, share, opens, toast: said } = button.dataset;
  if (text !== undefined) copy(text);
  if (share) navigator.share({ title: document.title, url: share }).catch(() => {});
  if (said) toast(said);
  if (opens) $(opens).showModal();
  if ("closes" in button.dataset) button.closest("dialog").close();
  if (text !== undefined || share) button.closest("[popover]")?.hidePopover();
});

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (["saving", "seeing", "voting"].includes(event.target.id) && button) {
    event.preventDefault();
    save(button);
  } else if (event.target.id === "themes" && button) {
    event.preventDefault();
    colours(button.value);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "keys-on") localStorage.setItem("keys", event.target.checked ? "on" : "off");
  else if (event.target.closest(".filters")) event.target.form?.requestSubmit();
});

// --- search as you type -------------------------------------------------------------------------

// Parts of a page are loaded too, such as facets: these disturb nobody.
const whole = (event) => event.detail.target === $("main");
document.addEventListener("htmx:beforeRequest", (event) => {
  if (whole(event)) $("main").setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (whole(event)) $("main").removeAttribute("aria-busy");
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!whole(event)) return;
  document.querySelector(".bar nav [aria-current]")?.removeAttribute("aria-current");
  visit();
  $("heard").textContent = $("main").querySelector("h1")?.textContent ?? "";
});
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, () => toast("The server did not answer as it should. Try again."));
}

$("keys-on").checked = keysOn();
for (const button of document.querySelectorAll("[data-share]")) button.hidden = !navigator.share;
