// Makes the chat quicker where JavaScript runs: shows at once what was tapped, says when sending failed,
// and while an answer is waited for, or a member of a team has the page on show, looks for what is new.
"use strict";

const status = document.getElementById("status");
const log = document.getElementById("log");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let tapped = null; // the button to return to when sending failed
let sending = false;
let waiting = "awaited" in document.getElementById("ways").dataset;
const LOOK_EVERY = 25000;

function buttons() {
  document.querySelectorAll("#ways button").forEach((button) => { button.disabled = sending; });
}

function last() {
  return log.lastElementChild;
}

function failed() {
  if (last().className === "mine") last().remove();
  status.className = "failed";
  status.textContent = status.dataset.failed;
  sending = false;
  buttons();
  tapped?.focus();
}

function fresh() {
  const ways = document.getElementById("ways");
  ways.classList.add("fresh"); // the second tap of a double one must not choose among the new buttons
  setTimeout(() => ways.classList.remove("fresh"), 400);
  waiting ||= "awaited" in ways.dataset;
  return ways;
}

async function look() {
  if (!waiting || sending || document.hidden || document.getElementById("typed").value) return;
  const answer = await fetch("/moi").catch(() => null);
  if (answer?.status === 205) waiting = false;
  if (answer?.status !== 200) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!found.querySelector("article.bot")) return; // somebody in between answered in our place
  log.append(found.querySelector("article.bot"));
  if (sending) return; // the answer to what was tapped meanwhile brings its own ways
  const before = document.getElementById("ways");
  const ways = found.getElementById("ways");
  const typing = before.querySelector("#typed"); // what is being typed stays
  const focused = before.contains(document.activeElement);
  before.replaceWith(ways);
  ways.querySelector("#typed").value = typing.value;
  if (focused) ways.querySelector("#typed").focus({ preventScroll: true });
  htmx.process(fresh());
}

setInterval(look, LOOK_EVERY);

document.addEventListener("submit", (event) => {
  const typed = event.target.querySelector("#typed");
  const said = typed ? typed.value : event.submitter?.querySelector("span")?.textContent;
  if (!said) return;
  const bubble = document.createElement("article");
  bubble.className = "mine";
  bubble.textContent = said;
  log.append(bubble);
  tapped = event.submitter;
  status.className = "";
  status.textContent = status.dataset.sending;
  status.scrollIntoView({ block: "nearest" });
  sending = true;
  setTimeout(buttons); // after the browser has read which button it was
});

document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.text.includes('<article class="bot')) return;
  event.preventDefault(); // somebody in between answered in our place: a proxy, the log-in page of a network
  failed();
});

document.addEventListener("htmx:after:swap", () => {
  const ways = fresh();
  status.textContent = "";
  sending = false;
  buttons();
  last().focus({ preventScroll: true });
  const mine = last().previousElementSibling;
  const short = mine && mine.offsetHeight < innerHeight / 3; // a long message must not push its answer off the screen
  (short ? mine : last()).scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  // a neighbourhood's link has done its work: whoever reloads goes on from here
  if (!ways.querySelector("[name=after]").value) history.replaceState(null, "", `/${location.search}`);
});

document.addEventListener("htmx:error", failed);
