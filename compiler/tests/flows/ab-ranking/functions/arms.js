const { createHash } = require("crypto")

// The same visitor always sees the same arm.
exports.pick = ({ visitor }) => {
  const first = createHash("sha256").update(visitor).digest()[0]
  return { arm: first % 2 === 0 ? "a" : "b" }
}
