// What the seed leaves to the page: its form calls its sendMessage, and the page shows its script.
const input = document.getElementById("chat-input");

document.getElementById("chat-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.value.trim()) sendMessage("chat", { text: input.value });
  input.value = "";
});

document.getElementById("messages").setAttribute("role", "log");

fetch("/umd.js")
  .then((response) => response.text())
  .then((text) => {
    document.getElementById("source").textContent = text;
  });
