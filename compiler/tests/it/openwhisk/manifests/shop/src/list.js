exports.main = async (args) => ({})
