const { readFileSync } = require("fs")

exports.page = async ({ what, kind, pager }) => {
  await fetch("https://pager.example/v1/incidents", { method: "POST", headers: { authorization: pager }, body: `${kind}: ${what}` })
}
exports.count = ({ history }) => {
  console.log(readFileSync(history, "utf8").split("\n").length - 1, "dumps")
}
