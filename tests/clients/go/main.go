// Makes the calls on standard input through the official Go cores and prints what came back; see ../life_cycle.py.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"strings"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	older "github.com/alibabacloud-go/openapi-util/service"
	olderjson "github.com/alibabacloud-go/tea-utils/service"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

const version = "2021-02-04"

// Call is one operation to be called. Path holds {Name}s, which stand in Parameters.
type Call struct {
	Action, Method, Path, Secret string
	Parameters                   map[string]string
	Query                        map[string]any
	Body                         map[string]any
	Learn                        []string
}

// Outcome is what the caller of an SDK gets to see.
type Outcome struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Body    any    `json:"body"`
}

func main() {
	var calls []json.RawMessage
	must(json.NewDecoder(os.Stdin).Decode(&calls))
	learnt := map[string]string{}
	outcomes := []Outcome{}
	for _, raw := range calls {
		text := string(raw)
		for name, value := range learnt {
			text = strings.ReplaceAll(text, "$"+name, value)
		}
		var call Call
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		must(decoder.Decode(&call))
		if call.Secret == "" {
			call.Secret = os.Getenv("ACCESS_KEY_SECRET")
		}
		answer, err := send(call)
		found := outcome(answer, err)
		for _, name := range call.Learn {
			if body, answered := found.Body.(map[string]any); answered && found.Code == "" {
				learnt[name] = body[name].(string)
			}
		}
		outcomes = append(outcomes, found)
	}
	must(json.NewEncoder(os.Stdout).Encode(outcomes))
}

func send(call Call) (map[string]any, error) {
	if os.Getenv("WAY") == "older" {
		return sendOlder(call)
	}
	return sendAsGenerated(call)
}

// As a method of a generated SDK does.
func sendAsGenerated(call Call) (map[string]any, error) {
	config := &openapiutil.Config{
		AccessKeyId:     dara.String(os.Getenv("ACCESS_KEY_ID")),
		AccessKeySecret: dara.String(call.Secret),
		Endpoint:        dara.String(os.Getenv("ENDPOINT")),
		RetryOptions: &dara.RetryOptions{Retryable: true, RetryCondition: []*dara.RetryCondition{
			{MaxAttempts: 3, Exception: []string{"ServerError", "ThrottlingError"}},
		}},
	}
	if protocol := os.Getenv("PROTOCOL"); protocol != "" {
		config.Protocol = dara.String(protocol)
	}
	if ca := os.Getenv("CA"); ca != "" {
		config.Ca = dara.String(ca)
	}
	if os.Getenv("WAY") == "v2" {
		config.SignatureAlgorithm = dara.String("v2")
	}
	client, err := openapi.NewClient(config)
	must(err)
	path := call.Path
	for name, value := range call.Parameters {
		path = strings.ReplaceAll(path, "{"+name+"}", dara.PercentEncode(value))
	}
	params := &openapiutil.Params{
		Action:      dara.String(call.Action),
		Version:     dara.String(version),
		Protocol:    dara.String("HTTPS"),
		Pathname:    dara.String(path),
		Method:      dara.String(call.Method),
		AuthType:    dara.String("AK"),
		Style:       dara.String("ROA"),
		ReqBodyType: dara.String("json"),
		BodyType:    dara.String("json"),
	}
	request := &openapiutil.OpenApiRequest{Query: openapiutil.Query(flat(call.Query))}
	if call.Body != nil {
		request.Body = openapiutil.ParseToMap(call.Body)
	}
	return client.CallApi(params, request, &dara.RuntimeOptions{})
}

// As Terraform's provider does: its module tea-roa, written out with the packages that it stands on. Names in the path
// go out unescaped and again in the body, deletions have a body, and nothing says which action is meant.
func sendOlder(call Call) (map[string]any, error) {
	request := tea.NewRequest()
	request.Protocol = tea.String("http")
	request.Method = tea.String(call.Method)
	path := call.Path
	for name, value := range call.Parameters {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	request.Pathname = tea.String(path)
	request.Headers = map[string]*string{
		"host":                    tea.String(os.Getenv("ENDPOINT")),
		"accept":                  tea.String("application/json"),
		"date":                    olderjson.GetDateUTCString(),
		"user-agent":              olderjson.GetUserAgent(nil),
		"x-acs-signature-method":  tea.String("HMAC-SHA1"),
		"x-acs-signature-nonce":   olderjson.GetNonce(),
		"x-acs-signature-version": tea.String("1.0"),
		"x-acs-version":           tea.String(version),
	}
	if call.Method != "GET" {
		body := map[string]any{}
		for name, value := range call.Parameters {
			body[name] = value
		}
		for name, value := range call.Body {
			body[name] = value
		}
		request.Headers["content-type"] = tea.String("application/json; charset=utf-8")
		request.Body = tea.ToReader(olderjson.ToJSONString(body))
	}
	request.Query = older.Query(flat(call.Query))
	signature := older.GetROASignature(older.GetStringToSign(request), tea.String(call.Secret))
	request.Headers["authorization"] = tea.String("acs " + os.Getenv("ACCESS_KEY_ID") + ":" + tea.StringValue(signature))
	response, err := tea.DoRequest(request, map[string]any{})
	if err != nil {
		return nil, err
	}
	read, err := olderjson.ReadAsJSON(response.Body)
	if err != nil {
		return nil, err
	}
	body, isObject := read.(map[string]any)
	if !isObject {
		return nil, errors.New("the answer is no object")
	}
	if tea.IntValue(response.StatusCode) >= 400 {
		body["statusCode"] = tea.IntValue(response.StatusCode)
		return nil, tea.NewSDKError(map[string]any{"code": body["Code"], "message": body["Message"], "data": body})
	}
	return map[string]any{"statusCode": tea.IntValue(response.StatusCode), "body": body}, nil
}

// Lists travel as JSON, as the reference has it of Tag and Conditions.
func flat(query map[string]any) map[string]any {
	result := map[string]any{}
	for name, value := range query {
		if list, isList := value.([]any); isList {
			value = openapiutil.ArrayToStringWithSpecifiedStyle(list, dara.String(name), dara.String("json"))
		}
		result[name] = value
	}
	return result
}

func outcome(answer map[string]any, err error) Outcome {
	if err == nil {
		var result struct {
			StatusCode int            `json:"statusCode"`
			Body       map[string]any `json:"body"`
		}
		must(dara.Convert(answer, &result))
		return Outcome{Status: result.StatusCode, Body: result.Body}
	}
	var refusal *tea.SDKError
	if !errors.As(err, &refusal) {
		return Outcome{Message: err.Error()}
	}
	found := Outcome{
		Status:  tea.IntValue(refusal.StatusCode),
		Code:    tea.StringValue(refusal.Code),
		Message: tea.StringValue(refusal.Message),
	}
	if refusal.Data != nil {
		must(json.Unmarshal([]byte(*refusal.Data), &found.Body))
	}
	return found
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
