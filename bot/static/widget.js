// Puts the chat on another page: <script src="https://…/static/widget.js" data-label="Học với tổ số" defer></script>
"use strict";

(() => {
  const script = document.currentScript;
  const chat = new URL("/?khung=1", script.src).href;
  const label = script.dataset.label || "Học với tổ số";
  const close = script.dataset.close || "Đóng";

  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-expanded", "false");
  Object.assign(button.style, {
    position: "fixed", right: "16px", bottom: "16px", zIndex: 2147483000, minHeight: "52px", padding: "12px 20px",
    font: "700 18px system-ui, sans-serif", color: "#fff", background: "#0d4f8b", border: "3px solid #fff",
    borderRadius: "28px", cursor: "pointer", boxShadow: "0 2px 12px rgba(0,0,0,.4)",
  });

  let frame = null;
  button.addEventListener("click", () => {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.src = chat;
      frame.title = label;
      Object.assign(frame.style, {
        position: "fixed", right: "8px", bottom: "80px", zIndex: 2147483000, width: "min(420px, calc(100vw - 16px))",
        height: "min(680px, calc(100vh - 96px))", border: "3px solid #0d4f8b", borderRadius: "16px", background: "#fff",
      });
      document.body.append(frame);
    } else {
      frame.hidden = !frame.hidden;
      frame.style.display = frame.hidden ? "none" : "";
    }
    const open = !frame.hidden;
    button.textContent = open ? close : label;
    button.setAttribute("aria-expanded", String(open));
  });
  document.body.append(button);
})();
