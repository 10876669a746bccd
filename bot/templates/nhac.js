// Shows on a visitor's device that there is a reminder; a tap opens the chat, where it stands.
"use strict";

self.addEventListener("push", (event) => {
  event.waitUntil(self.registration.showNotification("Tổ số – {{ ward_name | e }}", {
    body: "Có lời nhắc học cho bà con. Bấm để xem.",
    icon: "{{ static('icon.svg') }}",
    tag: "nhac",
    lang: "vi",
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/"));
});
