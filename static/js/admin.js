// The back office. Wide tables scroll sideways within their frame, and the browser leaves a link of which only a sliver
// shows where it is: whatever gets the focus is brought wholly into view.
document.addEventListener("focusin", event => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
