exports.send = async ({ lorry, message }) => {
  await fetch("https://sms.example/send", { method: "POST", body: JSON.stringify({ to: `lorry-${lorry}`, message }) })
}
