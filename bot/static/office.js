// Copying a text with one tap. Without this script the text is there to be selected.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy);
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy");  // also where the page is not served by https
    }
    document.getElementById("copied").textContent = "Đã chép. Dán vào nhóm là gửi được.";
  });
}

// A file that takes a while to make: that it is being made is said, and when it is there. Without this script the
// browser asks for it as for any other; likewise where no file comes back, so that what is wrong is read.
const taking = document.getElementById("taking");
let busy = false;
async function take(address, sent) {
  busy = true;
  taking.hidden = false;
  taking.firstElementChild.hidden = false;
  taking.lastElementChild.textContent = taking.dataset.busy;
  try {
    const answer = await fetch(address, sent);
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") || "");
    if (!answer.ok || !name) return false;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name[1];
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    taking.lastElementChild.textContent = `${taking.dataset.done} ${name[1]}`;
    return true;
  } catch {
    return false;
  } finally {
    busy = false;
    taking.firstElementChild.hidden = true;
  }
}
for (const form of taking ? document.querySelectorAll("form[data-takes]") : []) {
  form.addEventListener("submit", async (event) => {
    if (!event.submitter) return;
    event.preventDefault();
    const address = event.submitter.formAction;
    if (busy || await take(address, { method: "POST", body: new URLSearchParams(new FormData(form)) })) return;
    form.action = address;
    form.submit();
  });
}
for (const link of taking ? document.querySelectorAll("a[data-takes]") : []) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    if (!busy && !await take(link.href)) location.assign(link.href);
  });
}
