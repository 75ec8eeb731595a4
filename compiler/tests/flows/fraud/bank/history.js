exports.find = async ({ card, at, core_key }) => {
  const answer = await fetch("https://core.bank.example:8443/history", {
    method: "POST",
    headers: { authorization: core_key },
    body: JSON.stringify({ card, until: at }),
  })
  const found = await answer.json()
  return { known: found.count > 0, per_hour: found.last_hour }
}
