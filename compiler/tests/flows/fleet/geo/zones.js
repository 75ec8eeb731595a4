const zones = [{ name: "north", lat: [50, 55], lon: [5, 15] }]

exports.find = ({ lat, lon }) => {
  const zone = zones.find(({ lat: [south, north], lon: [west, east] }) => lat > south && lat < north && lon > west && lon < east)
  return { inside: zone !== undefined, zone: zone?.name ?? "none" }
}
