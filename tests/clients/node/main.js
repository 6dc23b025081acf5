// Makes the calls on standard input through the official TypeScript cores and prints what came back; see
// ../life_cycle.py.
'use strict';
const fs = require('fs');
const { URL: DaraURL } = require('@darabonba/typescript');
const core = require('@alicloud/openapi-core');
const older = require('@alicloud/openapi-client');
const olderUtil = require('@alicloud/openapi-util').default;
const teaUtil = require('@alicloud/tea-util');

const { ENDPOINT, ACCESS_KEY_ID, ACCESS_KEY_SECRET, PROTOCOL, CA, WAY } = process.env;

// What a method of a generated SDK stands on: today's core, and the one before it.
const CORES = {
  core: {
    Client: core.default,
    Config: core.$OpenApiUtil.Config,
    Params: core.$OpenApiUtil.Params,
    Request: core.$OpenApiUtil.OpenApiRequest,
    util: core.OpenApiUtil,
    encoded: DaraURL.percentEncode,
    runtime: () => new (require('@darabonba/typescript').RuntimeOptions)({}),
  },
  older: {
    Client: older.default,
    Config: older.Config,
    Params: older.Params,
    Request: older.OpenApiRequest,
    util: olderUtil,
    encoded: olderUtil.getEncodeParam,
    runtime: () => new teaUtil.RuntimeOptions({ autoretry: true, maxAttempts: 3 }),
  },
};
const [CORE, SIGNATURE] = WAY.split('-');

async function send(call) {
  const { Client, Config, Params, Request, util, encoded, runtime } = CORES[CORE];
  const client = new Client(
    new Config({
      accessKeyId: ACCESS_KEY_ID,
      accessKeySecret: call.secret || ACCESS_KEY_SECRET,
      endpoint: ENDPOINT,
      ...(PROTOCOL && { protocol: PROTOCOL }),
      ...(CA && { ca: CA }),
      ...(SIGNATURE === 'v2' && { signatureAlgorithm: 'v2' }),
      retryOptions: {
        retryable: true,
        noRetryCondition: [],
        retryCondition: [{ maxAttempts: 3, exception: ['ServerError', 'ThrottlingError'], errorCode: [] }],
      },
    }),
  );
  const params = new Params({
    action: call.action,
    version: '2021-02-04',
    protocol: 'HTTPS',
    pathname: call.path.replace(/{(\w+)}/g, (_, name) => encoded(call.parameters[name])),
    method: call.method,
    authType: 'AK',
    style: 'ROA',
    reqBodyType: 'json',
    bodyType: 'json',
  });
  const query = {};
  for (const [name, value] of Object.entries(call.query || {})) {
    query[name] = Array.isArray(value) ? util.arrayToStringWithSpecifiedStyle(value, name, 'json') : value;
  }
  const request = new Request({ query: util.query(query), ...(call.body && { body: util.parseToMap(call.body) }) });
  return client.callApi(params, request, runtime());
}

async function main() {
  const learnt = {};
  const outcomes = [];
  for (const given of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    let text = JSON.stringify(given);
    for (const [name, value] of Object.entries(learnt)) {
      text = text.replaceAll('$' + name, value);
    }
    const call = JSON.parse(text);
    try {
      const answer = await send(call);
      outcomes.push({ status: answer.statusCode, code: '', message: '', body: answer.body });
      for (const name of call.learn) {
        learnt[name] = answer.body[name];
      }
    } catch (error) {
      const { data } = error;
      const status = error.statusCode || (data && data.statusCode) || 0;
      outcomes.push({ status, code: error.code || '', message: error.message, body: data || null });
    }
  }
  process.stdout.write(JSON.stringify(outcomes));
}

main();
