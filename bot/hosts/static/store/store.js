// The demo shop's page: buttons that open the chat, and fresh tokens for whoever is signed in.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-chat]")) {
    button.addEventListener("click", () => window.Onecounter?.open());
  }
  // A token lives for minutes; a page may stay open for hours. The chat says when it needs another.
  let asked = 0;
  addEventListener("onecounter:identity-refused", async () => {
    const customer = document.querySelector(".people [aria-current]")?.value;
    if (!customer || Date.now() - asked < 10000) return;
    asked = Date.now();
    const answer = await fetch(`/demo/token?customer=${encodeURIComponent(customer)}`);
    if (answer.ok) window.Onecounter.identify((await answer.json()).token);
  });
})();
