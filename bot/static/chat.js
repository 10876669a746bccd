// Makes the chat quicker where JavaScript runs: shows at once what was tapped, says when sending failed.
"use strict";

const status = document.getElementById("status");
const log = document.getElementById("log");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let tapped = null; // the button to return to when sending failed
let sending = false;

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
  const ways = document.getElementById("ways");
  status.textContent = "";
  sending = false;
  buttons();
  ways.classList.add("fresh"); // the second tap of a double one must not choose among the new buttons
  setTimeout(() => ways.classList.remove("fresh"), 400);
  last().focus({ preventScroll: true });
  last().previousElementSibling?.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  // a neighbourhood's link has done its work: whoever reloads goes on from here
  if (!ways.querySelector("[name=after]").value) history.replaceState(null, "", `/${location.search}`);
});

document.addEventListener("htmx:error", failed);
