// Makes the chat quicker where JavaScript runs: shows at once what was tapped, says when sending failed.
"use strict";

const status = document.getElementById("status");
const log = document.getElementById("log");

function buttons(off) {
  document.querySelectorAll("#ways button").forEach((button) => { button.disabled = off; });
}

function last() {
  return log.lastElementChild;
}

document.addEventListener("submit", (event) => {
  const typed = event.target.querySelector("#typed");
  const said = typed ? typed.value : event.submitter?.querySelector("span")?.textContent;
  if (!said) return;
  const bubble = document.createElement("article");
  bubble.className = "mine";
  bubble.textContent = said;
  log.append(bubble);
  status.className = "";
  status.textContent = status.dataset.sending;
  status.scrollIntoView({ block: "nearest" });
  setTimeout(buttons, 0, true); // after the browser has read which button it was
});

document.addEventListener("htmx:after:swap", () => {
  status.textContent = "";
  buttons(false);
  last().focus({ preventScroll: true });
  last().previousElementSibling?.scrollIntoView({ block: "start", behavior: "smooth" });
});

document.addEventListener("htmx:error", () => {
  if (last().className === "mine") last().remove();
  status.className = "failed";
  status.textContent = status.dataset.failed;
  buttons(false);
});
