#!/usr/bin/env bash
# stable-baselines3 2.9.2: EvalCallback of a restarted training replaces the best model by a worse one, and its records.
#
# Expected: a training that is loaded and goes on (`reset_num_timesteps=False`) adds to `evaluations.npz`, and writes
# `best_model.zip` only for a better mean reward than the one that stands in that file.
# Seen: the callback begins with a best of minus infinity: its first evaluation is "New best mean reward!" whatever it
# is. `evaluations.npz` is written anew with the evaluations since the restart alone; those before are gone.
#
# Output seen:
#   first run: evaluations at 64 128 192 256, best model of mean reward 20
#   restarted, worse: evaluations at 320 384, best model of mean reward 0
# Exits with status 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q stable_baselines3==2.9.2 gymnasium==1.4.0 2>"$folder/pip.log" ||
  { tail -5 "$folder/pip.log"; exit 2; }
cd "$folder"
cat >train.py <<'PY'
import sys

import gymnasium
import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import EvalCallback


class Constant(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, reward):
        self.reward = reward

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.at = 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        self.at += 1
        return np.zeros(2, np.float32), self.reward, self.at >= 20, False, {}


reward, steps, restarted = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "restarted"
if restarted:
    model = PPO.load("model", env=Constant(reward))
else:
    model = PPO("MlpPolicy", Constant(reward), n_steps=64, batch_size=32, n_epochs=1, seed=1, device="cpu")
told = EvalCallback(Constant(reward), eval_freq=64, best_model_save_path="best", log_path="best", verbose=0)
model.learn(steps, callback=told, reset_num_timesteps=not restarted)
model.save("model")
kept = np.load("best/evaluations.npz")
best = PPO.load("best/best_model").num_timesteps
at = list(kept["timesteps"])
print(f"evaluations at {' '.join(map(str, at))}, best model of mean reward {kept['results'].mean(1)[at.index(best)]:.0f}")
PY
train() { "$folder/venv/bin/python" -W ignore train.py "$@" 2>err || { tail -5 err; exit 2; }; }
first=$(train 1 256 new)
echo "first run: $first"
second=$(train 0 128 restarted)
echo "restarted, worse: $second"
[ "$first" = "evaluations at 64 128 192 256, best model of mean reward 20" ] &&
  [ "$second" = "evaluations at 320 384, best model of mean reward 0" ]
