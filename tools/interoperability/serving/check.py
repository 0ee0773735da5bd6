"""OpenAI's own client in Python against `idlm serve`: python check.py URL TOKEN"""

import sys

import openai

url, token = sys.argv[1:]
client = openai.OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0)

assert [model.id for model in client.models.list()] == ["student", "teacher"]

request = dict(model="student", prompt=["And he said", "In the beginning"], n=2, seed=1)
whole = client.completions.create(**request)
assert len(whole.choices) == 4 and all(choice.text for choice in whole.choices), whole
assert {choice.finish_reason for choice in whole.choices} <= {"stop", "length"}
assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

texts, usage = [""] * 4, None
for part in client.completions.create(**request, stream=True, stream_options={"include_usage": True}):
    for choice in part.choices:
        texts[choice.index] += choice.text
    usage = part.usage or usage
assert texts == [choice.text for choice in whole.choices], (texts, whole)
assert usage == whole.usage

infilled = client.completions.create(model="student", prompt="He said to", suffix=" of the house.", max_tokens=4)
assert infilled.choices[0].finish_reason == "stop"
own = client.completions.create(
    model="student", prompt=None, extra_body={"infill": ["He said to", {"tokens": 4}, " of the house."], "steps": 8}
)
assert own.choices[0].text.endswith(" of the house."), own


def refused(error, **request):
    try:
        client.completions.create(**request)
    except error as caught:
        return caught
    raise AssertionError(f"{request} was not refused")


assert refused(openai.NotFoundError, model="none", prompt="a").code == "model_not_found"
assert refused(openai.BadRequestError, model="student", prompt="a", n=1000).param == "n"
assert refused(openai.BadRequestError, model="student", prompt="a", logprobs=1).param == "logprobs"
client = openai.OpenAI(base_url=f"{url}/v1", api_key="other", max_retries=0)
refused(openai.AuthenticationError, model="student", prompt="a")

print(f"openai {openai.__version__} of Python reads what idlm serve answers")
