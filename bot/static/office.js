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
