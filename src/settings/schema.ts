import { z } from 'zod'

/** Ids that become a level of an MQTT topic (DESIGN section 8). */
const topicId = z.string().regex(/^[a-z0-9-]{1,64}$/, 'lower-case letters, digits and hyphens, at most 64')

/** A path is relative to the configuration file. */
const path = z.string().min(1)

const whole = (min: number, max: number) => z.number().int().min(min).max(max)

const agent = z
  .strictObject({
    id: topicId.nullable().default(null).describe('Name of this box in every topic. null: the host name and four digits made from the machine id.'),
    groups: z.array(topicId).max(16).default([]).describe('Groups that this box belongs to, for orders to many boxes.'),
  })
  .describe('Who this box is.')

const tls = z
  .strictObject({
    caFile: path
      .nullable()
      .default(null)
      .describe('PEM file of the authority that signed the certificate of the broker. null: the ones that the system trusts.'),
    certFile: path.nullable().default(null).describe('PEM file of the certificate that this box shows, where the broker asks for one.'),
    keyFile: path.nullable().default(null).describe('PEM file of the key of certFile.'),
  })
  .refine(({ certFile, keyFile }) => (certFile === null) === (keyFile === null), 'certFile and keyFile together, or neither')
  .describe('Used with mqtts:// and wss:// only. The certificate of the broker is always checked.')

const mqtt = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^(mqtts?|wss?):\/\/[^/@?#\s]+(\/[^?#\s]*)?$/,
        'mqtt://HOST:PORT, mqtts://HOST:PORT, ws://HOST:PORT/PATH or wss://HOST:PORT/PATH, without a password or a query',
      )
      .default('mqtt://127.0.0.1:1883')
      .describe('The broker. A password never stands here: see passwordFile.'),
    base: z
      .string()
      .regex(/^[^+#/\s$][^+#\s]*$/, 'a topic prefix without wildcards')
      .default('spectro2mqtt')
      .describe('First level of every topic.'),
    username: z.string().min(1).nullable().default(null).describe('User name at the broker.'),
    passwordFile: path.nullable().default(null).describe('File whose first line is the password. It never appears in logs or topics.'),
    keepaliveS: whole(5, 3600).default(30).describe('Seconds between signs of life: how soon the broker notices that the box is gone.'),
    tls: tls.prefault({}),
  })
  .describe('Where the answers go.')

const references = z
  .strictObject({
    policy: z.enum(['flag', 'refuse']).default('refuse').describe('What an expired reference does to an answer: refuse it, or only flag it.'),
    darkMaxAgeS: whole(1, 31_536_000).default(3600).describe('Seconds after which a dark reference has expired.'),
    whiteMaxAgeS: whole(1, 31_536_000).default(86_400).describe('Seconds after which a white reference has expired.'),
    maxTemperatureChangeC: z
      .number()
      .min(0.1)
      .max(50)
      .default(3)
      .describe('Degrees Celsius between reference and sample at which a reference has expired.'),
  })
  .describe('How long dark and white count.')

const trigger = z
  .union([
    z.enum(['request', 'continuous']),
    z.strictObject({ intervalMs: whole(10, 86_400_000).describe('Milliseconds from one measurement to the next.') }),
  ])
  .default('request')
  .describe('When to measure: only on request, continuous (as fast as the instrument can), or every so many milliseconds, as {intervalMs: 1000}.')

const instrument = z
  .strictObject({
    link: z
      .string()
      .regex(/^(tcp:\/\/[^\s/:]+:\d{1,5}|serial:\/\S+|usb:\S+)$/, 'tcp://HOST:PORT, serial:/dev/..., usb:SERIAL or usb:BUS-PATH')
      .describe('Where the instrument hangs.'),
    family: z.string().min(1).nullable().default(null).describe('Kind of instrument. Needed where the port does not tell: serial adapters and TCP.'),
    id: topicId.nullable().default(null).describe('Name in the topics. null: family and serial number.'),
    axis: path.nullable().default(null).describe('File with the wavelength of each pixel in nm, for instruments that do not know their own.'),
    model: z.string().min(1).default('default').describe('Slot under "models" whose model judges these spectra.'),
    transfer: path
      .nullable()
      .default(null)
      .describe('File that makes the answers of this model right on this instrument, as "spectro2mqtt transfer" wrote it. null: none.'),
    quantity: z
      .enum(['transmittance', 'reflectance'])
      .default('transmittance')
      .describe('What the ratio to the white means: light through the sample, or thrown back.'),
    integrationUs: whole(1, 600_000_000).default(100_000).describe('Exposure in microseconds.'),
    averages: whole(1, 256).default(1).describe('Exposures averaged into one spectrum. More means less noise and slower answers.'),
    gain: z.number().nullable().default(null).describe('As the family counts it. null: as found.'),
    binning: z.number().nullable().default(null).describe('As the family counts it. null: as found.'),
    trigger,
    references: references.prefault({}),
  })
  .describe('One instrument.')

const outbox = z
  .strictObject({
    maxMiB: whole(1, 65_536).default(256).describe('MiB of answers kept while the broker is away.'),
    maxRecords: whole(100, 10_000_000).default(500_000).describe('Answers and events kept while the broker is away.'),
    maxAgeDays: whole(1, 3650).default(90).describe('Days that an answer is kept while the broker is away.'),
  })
  .describe('When a limit is reached the oldest events go first, then the oldest answers; both are counted.')

/** The whole configuration: type, defaults, JSON Schema, annotated example and reference page all come from here. */
export const settingsSchema = z
  .strictObject({
    agent: agent.prefault({}),
    mqtt: mqtt.prefault({}),
    instruments: z.array(instrument).max(32).default([]).describe('Empty: whatever is plugged in and known.'),
    models: z
      .record(topicId, z.strictObject({ bundle: path.describe('The bundle file (.s2m).') }))
      .default({})
      .describe('Slots and the bundle that answers in each.'),
    state: z
      .strictObject({
        directory: path
          .default('/var/lib/spectro2mqtt')
          .describe('Folder for everything that must survive a restart. 6 MiB in it are held in reserve, for a disk that somebody else has filled.'),
      })
      .prefault({})
      .describe('What the box remembers.'),
    outbox: outbox.prefault({}),
    log: z
      .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('How much goes to standard error.') })
      .prefault({})
      .describe('What the box says about itself.'),
    updates: z
      .strictObject({
        repository: z
          .string()
          .regex(/^(https?:\/\/[^@?#\s]+|(?![A-Za-z]+:\/\/)\S.*)$/, 'https://HOST/PATH, http://HOST/PATH or a folder, without a password or a query')
          .refine((address) => !/^https?:/.test(address) || URL.canParse(address), 'a URL that can be read, or a folder')
          .nullable()
          .default(null)
          .describe(
            'Where signed models are published: a URL, or a folder such as a USB stick. A password never stands here: see credentialsFile. null: no models from afar.',
          ),
        root: path
          .nullable()
          .default(null)
          .describe('File with the first root of trust of that repository (root.json), from whoever publishes the models.'),
        credentialsFile: path
          .nullable()
          .default(null)
          .describe('File whose first line is USER:PASSWORD or a bearer token for the web server. It never appears in logs or topics.'),
        caFile: path.nullable().default(null).describe('PEM file of an authority that is trusted for the web server beside the usual ones.'),
        checkEveryS: whole(60, 604_800).default(3600).describe('Seconds between two looks into the repository, about.'),
        probationS: whole(0, 86_400)
          .default(120)
          .describe('Seconds that a new model must answer without fault before it stays; and at least 100 answers.'),
      })
      .refine(({ repository, root }) => (repository === null) === (root === null), 'repository and root together, or neither')
      .prefault({})
      .describe('Models from afar.'),
    web: z
      .strictObject({ listen: z.string().nullable().default(null).describe('Reserved: this version has no pages; the value has no effect.') })
      .prefault({})
      .describe('Reserved for the web page.'),
  })
  .superRefine(({ instruments, models }, context) => {
    instruments.forEach(({ link, family, model }, i) => {
      const complain = (key: string, message: string, input: unknown) =>
        context.addIssue({ code: 'custom', path: ['instruments', i, key], message, input })
      if (!link.startsWith('usb:') && family === null) complain('family', 'a family: this link does not tell which instrument hangs there', family)
      if (model !== 'default' && models[model] === undefined)
        complain('model', `a slot under "models": ${Object.keys(models).join(', ') || 'there is none'}`, model)
      if (instruments.findIndex((other) => other.link === link) < i) complain('link', 'each link only once', link)
    })
  })

export type Settings = z.output<typeof settingsSchema>
export type InstrumentSettings = Settings['instruments'][number]

/** What an instrument that was found by itself runs with: everything but its link. */
export const instrumentDefaults: Omit<InstrumentSettings, 'link'> = (({ link: _, ...rest }) => rest)(instrument.parse({ link: 'usb:any' }))
