module.exports = require("../node/events.js").default;
