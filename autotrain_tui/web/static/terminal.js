// Where the terminal's websocket is: below the page's own address. textual-serve's script, which comes next, reads it
// and opens the terminal on load. Once the screen paints, keys go there.
"use strict";
document.querySelector("#terminal").dataset.sessionWebsocketUrl =
  `${location.protocol.replace("http", "ws")}//${location.host}${location.pathname}/ws`;
new MutationObserver((_, watch) => {
  if (!document.body.classList.contains("-first-byte")) return;
  watch.disconnect();
  document.querySelector(".xterm-helper-textarea").focus();
}).observe(document.body, {attributeFilter: ["class"]});
