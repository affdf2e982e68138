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

__all__ = ["tiny_musicgen", "tiny_whisper"]

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
    from ctranslate2.converters import TransformersConverter
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
        made = model.generation_config
        made.suppress_tokens, made.begin_suppress_tokens = [], [token("a"), end]
        model.save_pretrained(scratch)
        tokenizer.save_pretrained(scratch)
        mel = {"feature_size": 80, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
        (Path(scratch) / "preprocessor_config.json").write_text(json.dumps(mel), encoding="utf-8")
        converter = TransformersConverter(scratch, copy_files=["tokenizer.json", "preprocessor_config.json"])
        converter.convert(str(folder), force=True)
    config_file = folder / "config.json"
    heads = {"lang_ids": [token(f"<|{code}|>") for code in _languages()], "alignment_heads": [[1, 0], [1, 1]]}
    kept = json.loads(config_file.read_text(encoding="utf-8"))
    config_file.write_text(json.dumps({**kept, **heads}, indent=2) + "\n", encoding="utf-8")
    return _recorded(folder, "debug-whisper")


def tiny_musicgen(folder: Path, *, seed: int = 0) -> Path:
    """A MusicGen (T5, decoder, EnCodec at 32 kHz) of 16 channels, for `from_pretrained(folder)` of transformers.

    With its processor; 3 MB, made in seconds; returns `folder`.
    """
    from transformers import (
        EncodecConfig,
        EncodecFeatureExtractor,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        MusicgenProcessor,
        T5Config,
    )

    tokenizer = _t5_tokenizer()
    text = T5Config(
        vocab_size=len(tokenizer), d_model=24, d_kv=8, d_ff=32, num_layers=2, num_heads=2, num_decoder_layers=2,
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
    with _seeded(seed):
        model = MusicgenForConditionalGeneration(
            MusicgenConfig(text_encoder=text, audio_encoder=sound, decoder=decoder)
        ).eval()
    made = model.generation_config
    made.do_sample, made.guidance_scale, made.max_length = True, 3.0, 1500
    made.decoder_start_token_id = made.pad_token_id = made.bos_token_id = decoder.pad_token_id
    model.save_pretrained(folder)
    extractor = EncodecFeatureExtractor(feature_size=1, sampling_rate=32_000, padding_side="left")
    MusicgenProcessor(extractor, tokenizer).save_pretrained(folder)
    return _recorded(folder, "debug-musicgen")


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
