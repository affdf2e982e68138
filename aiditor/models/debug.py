"""Tiny twins of the heavy models, made in a moment from a seed and kept in the real file formats.

They have the real architectures, vocabularies' shapes and files, so that the code that loads and runs the real
ones runs them too, on any machine and without a network; what they say and play is nonsense.
"""

from __future__ import annotations

import itertools
import json
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiditor.models.manifest import Manifest, record, write_manifest

__all__ = [
    "large_whisper",
    "medium_musicgen",
    "tiny_audiocraft",
    "tiny_melody",
    "tiny_musicgen",
    "tiny_whisper",
]

TEXT_TOKENS = 50_257
"""Of Whisper's vocabulary of 51,865 tokens in all."""
TIMES = 1_501
"""Time tokens, 0.00 to 30.00 s in steps of 0.02 s."""
END_BIAS = 17.0
"""Added to the score of the end: about ten words a window instead of a full one."""


def tiny_whisper(folder: Path, *, seed: int = 0) -> Path:
    """A Whisper of 32 channels as CTranslate2 keeps it, for `faster_whisper.WhisperModel(folder)`.

    CTranslate2 takes it for one that knows English only, so that it never looks for the language.

    9 MB, made in seconds; returns `folder`.
    """
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    tokenizer = _whisper_tokenizer()
    token = tokenizer.convert_tokens_to_ids
    end, start = token("<|endoftext|>"), token("<|startoftranscript|>")
    config = WhisperConfig(
        vocab_size=len(tokenizer) + TIMES, num_mel_bins=80, d_model=32, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64,
        bos_token_id=end, eos_token_id=end, pad_token_id=end, decoder_start_token_id=start,
    )  # fmt: skip
    with _seeded(seed), TemporaryDirectory() as scratch:
        model = WhisperForConditionalGeneration(config).eval()
        decoder = model.model.decoder
        with torch.no_grad():
            decoder.embed_tokens.weight.normal_(std=1.0)
            decoder.embed_tokens.weight[:, 0] = 0.0
            decoder.embed_tokens.weight[end, 0] = 1.0
            decoder.layer_norm.bias[0] = END_BIAS
            decoder.embed_positions.weight.normal_(std=4.0)  # or each word would call for itself again
        _convert_whisper(model, tokenizer, Path(scratch), folder, quantization=None)
    return _recorded(folder, "debug-whisper")


def large_whisper(folder: Path, *, seed: int = 0, device: str = "cpu") -> Path:
    """A net of the size of whisper-large-v3 with random weights, in half precision, for measuring; 3.1 GB.

    Made on `device`, which takes twice that for a while. Returns `folder`.
    """
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    tokenizer = _whisper_tokenizer()
    token = tokenizer.convert_tokens_to_ids
    end, start = token("<|endoftext|>"), token("<|startoftranscript|>")
    config = WhisperConfig(
        vocab_size=len(tokenizer) + TIMES, num_mel_bins=128, d_model=1280, encoder_layers=32, decoder_layers=32,
        encoder_attention_heads=20, decoder_attention_heads=20, encoder_ffn_dim=5120, decoder_ffn_dim=5120,
        bos_token_id=end, eos_token_id=end, pad_token_id=end, decoder_start_token_id=start,
    )  # fmt: skip
    with _seeded(seed), TemporaryDirectory() as scratch:
        with torch.device(device):
            model = WhisperForConditionalGeneration(config).eval().half()
        _convert_whisper(model, tokenizer, Path(scratch), folder, quantization="float16")
    return _recorded(folder, "random-whisper-large-v3")


def medium_musicgen(folder: Path, *, seed: int = 0, device: str = "cpu") -> Path:
    """A net of the size of musicgen-medium with random weights, in half precision, for measuring; 4 GB.

    Made on `device`, which takes twice that for a while. Returns `folder`.
    """
    import torch
    from transformers import (
        EncodecConfig,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        T5Config,
    )

    tokenizer = _t5_tokenizer()
    text = T5Config(vocab_size=32_128, d_model=768, d_kv=64, d_ff=3072, num_layers=12, num_heads=12)
    sound = EncodecConfig(
        sampling_rate=32_000, target_bandwidths=[2.2], upsampling_ratios=[8, 5, 4, 4], num_filters=64, hidden_size=128,
        codebook_size=2048, codebook_dim=128, num_lstm_layers=2, use_causal_conv=False, norm_type="weight_norm",
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(
        vocab_size=2048, num_codebooks=4, hidden_size=1536, num_hidden_layers=48, num_attention_heads=24, ffn_dim=6144,
        is_decoder=True, add_cross_attention=True,
    )  # fmt: skip
    with _seeded(seed), torch.device(device):
        layout = MusicgenConfig(text_encoder=text, audio_encoder=sound, decoder=decoder)
        model = MusicgenForConditionalGeneration(layout).eval().half()
    _save_musicgen(model, folder)
    tokenizer.save_pretrained(folder)
    return _recorded(folder, "random-musicgen-medium")


def tiny_musicgen(folder: Path, *, seed: int = 0) -> Path:
    """A MusicGen (T5, decoder, EnCodec at 32 kHz) of 16 channels, for `from_pretrained(folder)` of transformers.

    With its processor; 3 MB, made in seconds; returns `folder`.
    """
    from transformers import EncodecFeatureExtractor, MusicgenForConditionalGeneration, MusicgenProcessor

    tokenizer = _t5_tokenizer()
    with _seeded(seed):
        model = MusicgenForConditionalGeneration(_musicgen_config(len(tokenizer))).eval()
        _heed(model)
    _save_musicgen(model, folder)
    extractor = EncodecFeatureExtractor(feature_size=1, sampling_rate=32_000, padding_side="left")
    MusicgenProcessor(extractor, tokenizer).save_pretrained(folder)
    return _recorded(folder, "debug-musicgen")


def tiny_melody(folder: Path, *, seed: int = 0) -> Path:
    """The same, as the model that follows a tune: chroma of 30 s stand before what it plays. Returns `folder`."""
    from transformers import MusicgenMelodyConfig, MusicgenMelodyForConditionalGeneration

    tokenizer = _t5_tokenizer()
    plain = _musicgen_config(len(tokenizer))
    parts = {name: getattr(plain, name).to_dict() for name in ("text_encoder", "audio_encoder", "decoder")}
    with _seeded(seed):
        model = MusicgenMelodyForConditionalGeneration(MusicgenMelodyConfig(**parts)).eval()
        _heed(model)
    _save_musicgen(model, folder)
    tokenizer.save_pretrained(folder)
    return _recorded(folder, "debug-melody")


def tiny_audiocraft(folder: Path, *, seed: int = 0) -> Path:
    """MusicGen as audiocraft keeps it: a language model of 16 channels and its own EnCodec at 32 kHz.

    Words are looked up in a table instead of read by T5, whose weights audiocraft would fetch. Needs audiocraft;
    1 MB, made in seconds; returns `folder`.
    """
    import warnings

    import torch

    with warnings.catch_warnings(), _seeded(seed):
        warnings.simplefilter("ignore")  # of the torch that audiocraft was written for
        from audiocraft.models import builders
        from omegaconf import OmegaConf

        codec, language = OmegaConf.create(_AUDIOCRAFT_CODEC), OmegaConf.create(_AUDIOCRAFT_LM)
        sound = builders.get_compression_model(codec)
        words = builders.get_lm_model(language)
    folder.mkdir(parents=True, exist_ok=True)
    for name, model, layout in (("compression_state_dict", sound, codec), ("state_dict", words, language)):
        kept = {"best_state": model.state_dict(), "xp.cfg": OmegaConf.to_yaml(layout)}
        torch.save(kept, folder / f"{name}.bin")
    return _recorded(folder, "debug-audiocraft")


_AUDIOCRAFT_CODEC: dict[str, Any] = {
    "device": "cpu", "compression_model": "encodec", "sample_rate": 32_000, "channels": 1,
    "encodec": {"autoencoder": "seanet", "quantizer": "rvq", "sample_rate": 32_000, "channels": 1, "causal": False,
                "renormalize": False},
    "seanet": {"dimension": 16, "n_filters": 4, "n_residual_layers": 1, "ratios": [8, 5, 4, 4], "lstm": 1,
               "channels": 1, "norm": "weight_norm", "encoder": {}, "decoder": {}},
    "rvq": {"n_q": 4, "bins": 2048, "kmeans_init": False},
}  # fmt: skip
_AUDIOCRAFT_LM: dict[str, Any] = {
    "device": "cpu", "dtype": "float32", "lm_model": "transformer_lm", "sample_rate": 32_000, "channels": 1,
    "transformer_lm": {"dim": 16, "num_heads": 4, "num_layers": 2, "hidden_scale": 2, "n_q": 4, "card": 2048,
                       "causal": True, "custom": True, "norm_first": True, "layer_scale": None},
    "codebooks_pattern": {"modeling": "delay", "delay": {"delays": [0, 1, 2, 3]}},
    "attribute_dropout": {},
    "classifier_free_guidance": {"training_dropout": 0.3, "inference_coef": 3.0},
    "fuser": {"cross": ["description"], "sum": [], "prepend": [], "input_interpolate": []},
    "conditioners": {"description": {"model": "lut", "lut": {"n_bins": 128, "dim": 16, "tokenizer": "noop"}}},
    "dataset": {"segment_duration": 30},
}  # fmt: skip


def _musicgen_config(text_tokens: int) -> Any:
    """MusicGen's layout with 16 channels."""
    from transformers import EncodecConfig, MusicgenConfig, MusicgenDecoderConfig, T5Config

    text = T5Config(
        vocab_size=text_tokens, d_model=24, d_kv=8, d_ff=32, num_layers=2, num_heads=2, num_decoder_layers=2,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )  # fmt: skip
    sound = EncodecConfig(
        sampling_rate=32_000, target_bandwidths=[2.2], upsampling_ratios=[8, 5, 4, 4], num_filters=4, hidden_size=16,
        codebook_size=2048, codebook_dim=16, num_lstm_layers=1, use_causal_conv=False, norm_type="weight_norm",
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(
        vocab_size=2048, num_codebooks=4, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, ffn_dim=32,
        is_decoder=True, add_cross_attention=True,
    )  # fmt: skip
    return MusicgenConfig(text_encoder=text, audio_encoder=sound, decoder=decoder)


def _heed(model: Any) -> None:
    """Louder weights and filled codebooks, so that sound hangs on the words, the tune and what was played before."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 2 and not name.startswith(("text_encoder", "audio_encoder.")):
                weight.mul_(12.0)
        for name, table in model.named_buffers():
            if name.endswith("codebook.embed"):
                table.normal_()


def _save_musicgen(model: Any, folder: Path) -> None:
    """With the real models' ways of generating."""
    made, pad = model.generation_config, model.config.decoder.pad_token_id
    made.do_sample, made.guidance_scale, made.max_length = True, 3.0, 1500
    made.decoder_start_token_id = made.pad_token_id = made.bos_token_id = pad
    model.save_pretrained(folder)


def _convert_whisper(model: Any, tokenizer: Any, scratch: Path, folder: Path, *, quantization: str | None) -> None:
    """Into CTranslate2's files, by way of `scratch`."""
    from ctranslate2.converters import TransformersConverter

    token = tokenizer.convert_tokens_to_ids
    made, mels = model.generation_config, model.config.num_mel_bins
    made.suppress_tokens, made.begin_suppress_tokens = [], [token("a"), token("<|endoftext|>")]
    model.save_pretrained(scratch)
    tokenizer.save_pretrained(scratch)
    mel = {"feature_size": mels, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (scratch / "preprocessor_config.json").write_text(json.dumps(mel), encoding="utf-8")
    converter = TransformersConverter(str(scratch), copy_files=["tokenizer.json", "preprocessor_config.json"])
    converter.convert(str(folder), quantization=quantization, force=True)
    config_file = folder / "config.json"
    heads = {"lang_ids": [token(f"<|{code}|>") for code in _languages()], "alignment_heads": [[1, 0], [1, 1]]}
    kept = json.loads(config_file.read_text(encoding="utf-8"))
    config_file.write_text(json.dumps({**kept, **heads}, indent=2) + "\n", encoding="utf-8")


def _whisper_tokenizer() -> Any:
    """Whisper's tokenizer with made-up words: bytes, 50,001 words of syllables, and the real special tokens."""
    from transformers import WhisperTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    syllables = ["".join(pair) for pair in itertools.product("bdfgklmnprstvz", "aeiou")]
    made_up = (f"Ġ{''.join(word)}" for size in (2, 3) for word in itertools.product(syllables, repeat=size))
    pieces = [*bytes_to_unicode().values(), *itertools.islice(made_up, TEXT_TOKENS - 256)]
    special = [
        "<|startoftranscript|>", *(f"<|{code}|>" for code in _languages()), "<|translate|>", "<|transcribe|>",
        "<|startoflm|>", "<|startofprev|>", "<|nocaptions|>", "<|notimestamps|>",
    ]  # fmt: skip
    vocabulary = {piece: number for number, piece in enumerate([*pieces, "<|endoftext|>", *special])}
    tokenizer = WhisperTokenizer(vocab=vocabulary, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    return tokenizer


def _languages() -> list[str]:
    """The codes of the 99 languages of the multilingual vocabulary."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    return [code for code in _LANGUAGE_CODES if code != "yue"]  # the hundredth came with large-v3


def _t5_tokenizer() -> Any:
    """T5's tokenizer, which spells every word."""
    from transformers import T5Tokenizer

    pieces = ["<pad>", "</s>", "<unk>", "▁", *string.ascii_lowercase, *string.digits, *",.-'&"]
    return T5Tokenizer(vocab=[(piece, 0.0 if piece.startswith("<") else -2.0) for piece in pieces], extra_ids=0)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """The same weights each time, without touching the caller's random numbers."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _recorded(folder: Path, name: str) -> Path:
    """With a manifest, as a fetched model has it."""
    paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    write_manifest(folder, Manifest(name, "", "debug", "", "CC0-1.0", record(folder, paths)))
    return folder
