import stringDecoder from "string_decoder/lib/string_decoder.js";

export default stringDecoder;
