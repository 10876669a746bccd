// The button that allows reminders on this device; it is shown where the browser can do it, until it is done.
"use strict";

const asking = document.getElementById("push");
const said = document.getElementById("push-said");

function key() {
  const text = asking.dataset.key.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

async function allow() {
  if (await Notification.requestPermission() !== "granted") throw new Error("denied");
  const worker = await navigator.serviceWorker.register("/nhac.js");
  await navigator.serviceWorker.ready;
  const place = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key() });
  const answer = await fetch("/nhac", { method: "POST", body: JSON.stringify({ endpoint: place.endpoint }) });
  if (!answer.ok) throw new Error(String(answer.status));
  localStorage.setItem("push", asking.dataset.key);
}

const able = "serviceWorker" in navigator && "PushManager" in window && Notification.permission !== "denied";
if (able && localStorage.getItem("push") !== asking.dataset.key) {
  asking.hidden = false;
  asking.querySelector("button").addEventListener("click", () => {
    asking.querySelector("button").disabled = true;
    allow().then(() => { said.textContent = asking.dataset.done; }, () => { said.textContent = asking.dataset.failed; });
  });
}
