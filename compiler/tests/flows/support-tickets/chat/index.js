exports.tell = async ({ id, channel, loud }) => {
  await fetch(`https://chat.example/${channel}`, { method: "POST", body: `${loud ? "@here " : ""}ticket ${id}` })
}
exports.thank = async ({ from_, subject }) => {
  await fetch("https://mail.example/send", { method: "POST", body: JSON.stringify({ to: from_, subject: `Re: ${subject}` }) })
}
