// Onecounter's chat on a shop page. One tag loads it:
//   <script src="https://chat.shop.example/static/widget.js" defer
//     data-name="Shop" data-locale="en-GB" data-country="GB" data-product="…" data-token="…"
//     data-basket='[{"variant":"…","quantity":1}]'></script>
// docs/widget.md has the attributes, the calls below and the page's content security policy.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.Onecounter) return;
  const ready = import(new URL("widget/main.js", script.src).href).then((main) =>
    main.start({
      api: new URL("../w/", script.src).href,
      css: new URL("widget/widget.css", script.src).href,
      data: { ...script.dataset },
    }),
  );
  ready.catch((error) => console.error("Onecounter could not start:", error));
  const call = (name) => (...given) => ready.then((chat) => chat[name](...given));
  window.Onecounter = Object.freeze({
    open: call("open"),
    close: call("close"),
    identify: call("identify"),
    setContext: call("setContext"),
    logout: call("logout"),
  });
})();
