// Simple JavaScript version
const sock = new Wireline.Socket(
    true,
    () => console.log("Connected"),
    (msg) => {
        const messages = document.getElementById("messages");
        const div = document.createElement("div");
        div.textContent = `${msg.cmd}: ${JSON.stringify(msg.param)}`;
        messages.appendChild(div);
    },
    (svc, err) => console.error(`${svc}: ${err}`),
    "/example/socket"
);

function sendMessage(cmd, param) {
    sock.send({ channel: "example", cmd, param });
}
