"""Load digits, train a network, score it, save it, and load it again."""

import engine as nr

data = nr.load("bundled")  # or "mnist" with download=True, "drawn:60000", a folder
run = nr.Run.new(data, hidden=(128,), epochs=5)
for epoch in run.train():  # one EpochDone an epoch; run.events() gives all
    print(epoch.epoch, f"{epoch.validation_accuracy:.2%}")
print(run.evaluate(data.test).accuracy, run.predict(data.test.images[:5]))
run.save("model.safetensors")
network = nr.load_model("model.safetensors")
