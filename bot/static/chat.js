// Makes the chat quicker where JavaScript runs: shows at once what was tapped, says when sending failed.
"use strict";

const status = document.getElementById("status");
const log = document.getElementById("log");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let tapped = null; // the button to return to when sending failed

function buttons(off) {
  document.querySelectorAll("#ways button").forEach((button) => { button.disabled = off; });
}

function last() {
  return log.lastElementChild;
}

function failed() {
  if (last().className === "mine") last().remove();
  status.className = "failed";
  status.textContent = status.dataset.failed;
  buttons(false);
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
  setTimeout(buttons, 0, true); // after the browser has read which button it was
});

document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.text.includes('<article class="bot')) return;
  event.preventDefault(); // somebody in between answered in our place: a proxy, the log-in page of a network
  failed();
});

document.addEventListener("htmx:after:swap", () => {
  status.textContent = "";
  buttons(false);
  last().focus({ preventScroll: true });
  last().previousElementSibling?.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  // a neighbourhood's link has done its work: whoever reloads goes on from here
  if (!document.querySelector("#ways [name=after]").value) history.replaceState(null, "", `/${location.search}`);
});

document.addEventListener("htmx:error", failed);
