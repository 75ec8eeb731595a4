exports.ask = async () => ({})
