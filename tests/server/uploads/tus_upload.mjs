// One upload by tus-js-client, as the web app does it: node tus_upload.mjs <endpoint> <token> <file> <resume store>
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'

const { FileUrlStorage, Upload } = createRequire(process.env.WEB_PACKAGE)('tus-js-client')
const [endpoint, token, file, store] = process.argv.slice(2)
const upload = new Upload(createReadStream(file), {
  endpoint,
  uploadSize: statSync(file).size,
  chunkSize: 4 * 2 ** 20, // a stream is read in pieces; a browser's File needs none
  retryDelays: [300, 300, 300, 600, 600],
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: basename(file), relativePath: `plate/${basename(file)}` },
  urlStorage: new FileUrlStorage(store),
  fingerprint: async () => `tus-${file}`,
  storeFingerprintForResuming: true,
  onError: (error) => {
    console.error(String(error))
    process.exit(1)
  },
  onSuccess: () => console.log('done'),
})
const [earlier] = await upload.findPreviousUploads()
if (earlier !== undefined) {
  console.log('resumed')
  upload.resumeFromPreviousUpload(earlier)
}
upload.start()
