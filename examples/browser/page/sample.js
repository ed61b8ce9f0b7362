// Validation of one option at a time: the package checks it together with valid options.
import { signRequest } from "./pkg/index.js";

const SAMPLE = {
  region: "us-east-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
  accountIds: ["111122223333"],
};

/** Returns a signed request with these options. Throws the package's error for them. */
export const signed = (options) => signRequest({ ...SAMPLE, ...options });

/** Returns the package's error for these options, or `undefined`. */
export function errorFor(options) {
  try {
    signed(options);
  } catch (error) {
    return error;
  }
}

/** Returns the package's error for one member of the credentials, or `undefined`. */
export const errorForCredential = (name, value) => errorFor({ credentials: { ...SAMPLE.credentials, [name]: value } });
