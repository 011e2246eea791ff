package demo

import (
	"time"

	"seance/store"
)

// role is who a contact is and what it says.
type role struct {
	folder  string // of its profile
	name    string
	called  string                 // its Session name, "" for none
	face    func() ([]byte, error) // paints the picture that others are shown; nil: none
	past    []line                 // said before the demo began, oldest first
	opening []string               // said through the network when the demo begins
	answer  func(*talk, string) string

	joining   string   // said in the circle on joining it
	welcome   string   // said there to whom the contact, who made it, makes an admin: @you
	discusses []string // answers to what you write there
	likes     string   // the emoji for what you write there; "" for none
}

// cast is everybody in the demo. The first is the one who converses.
func cast() []role {
	return []role{mina(), samira(), oskar()}
}

// mina answers whatever she is written, and knows the program.
func mina() role {
	const day = 24 * time.Hour
	return role{
		folder: "mina", name: "Mina Okafor", called: "mina", face: candle,
		past: []line{
			{ago: 71*day + 3*time.Hour, text: "Somebody at the library told me about a messenger that wants no phone number. Do you know it?"},
			{ago: 71*day + 2*time.Hour, mine: true, text: "Session. The account is a key pair, and the messages go through three nodes: https://getsession.org"},
			{ago: 71*day + time.Hour, text: "Through three? And how long does that take?"},
			{ago: 70 * day, mine: true, text: "A moment. Nobody on the way knows both of us, I think that is worth it."},
			{ago: 23*day + 5*time.Hour, text: "I wrote the recovery phrase down, on paper, as you said. Thirteen words, I nearly know them by heart."},
			{ago: 23*day + 4*time.Hour, mine: true, text: "Good. Whoever has them has the account, so not on the fridge!", emoji: "😂"},
			{ago: 23*day + 3*time.Hour, text: "Behind the fridge, then."},
			{ago: 6*day + 2*time.Hour, text: "The people on my floor want to try it too. Is there something for those of us who live in a terminal?"},
			{ago: 6*day + time.Hour, mine: true, text: "I am working on it. I will tell you when it builds."},
			{ago: day + 4*time.Hour + 12*time.Minute, text: "Did you get that terminal messenger to build?", to: 1},
			{ago: day + 4*time.Hour + 9*time.Minute, mine: true, text: "First try. One static binary, no cgo.", emoji: "🎉"},
			{ago: day + 4*time.Hour + 8*time.Minute, text: "Nice. Over SSH too?"},
			{ago: day + 4*time.Hour + 5*time.Minute, mine: true, text: "That is where I run it:\n\n    ssh -t box seance\n\nIt stays calm on a slow link."},
			{ago: 97 * time.Minute, text: "The reading room just now, from the other side of the street:", files: []file{
				{name: "reading-room.png", contentType: "image/png", width: paintingWidth, height: paintingHeight, make: dusk},
			}},
			{ago: 96 * time.Minute, text: "And in the hall they have the old telegraph running again, listen:", files: []file{
				{name: "telegraph.m4a", contentType: "audio/mp4", voice: true, make: telegraph},
			}},
			{ago: 95 * time.Minute, text: "Then I will move over this afternoon 🎉 They are open until six: https://library.example.org/visit", emoji: "❤️", link: &store.LinkPreview{
				URL: "https://library.example.org/visit", Title: "The library in the telegraph office: hours and ways in",
			}},
			{ago: 93 * time.Minute, mine: true, text: "See you on the other side 🕯️"},
		},
		opening: []string{"I'm here! This came to you through three onion hops. Write me something, or ask me about the keys."},
		answer:  (*talk).answer,
		welcome: "Good, that makes three of us. @you, I have made you an admin as well, so that it does not hang on me alone.", discusses: minaDiscusses,
	}
}

// samira writes what is hard to lay out: long, wide, joined, from right to left.
func samira() role {
	return role{
		folder: "samira", name: "Samira حدّاد",
		past: []line{
			{ago: 27 * time.Hour, text: "Sending you the proofs for the signs tomorrow, in all the languages. Tell me if a letter is missing."},
			{ago: 26*time.Hour + 40*time.Minute, mine: true, text: "Send them here, I want to see how they look in a terminal."},
		},
		opening: []string{
			"مرحبا! هذه لوحة المدخل: «أهلاً وسهلاً بكم في المكتبة». هل تظهر الحروف متصلة عندك؟",
			"ובעברית: ברוכים הבאים לספרייה. שעות הפתיחה 09:00–17:30, בימי שישי עד 12:00.",
			"日本語の看板はこちらです:「図書館へようこそ。開館時間は午前九時から午後五時半まで、月曜日は休館日です。」한국어는 이렇게: 도서관에 오신 것을 환영합니다.",
			"हिन्दी: पुस्तकालय में आपका स्वागत है। ไทย: ยินดีต้อนรับสู่ห้องสมุด Việt: Chào mừng bạn đến thư viện.",
			"And the pictures for the children's corner: 👩‍👩‍👧‍👦 👨🏽‍🚀 🏳️‍🌈 🇳🇬 🇯🇵 1️⃣ ❤️‍🔥 👍🏿 — a family, an astronaut, a flag, two more flags, a number, a heart on fire and a thumb.",
			"One long thing at the end, the text for the plaque, so that you see how it wraps. This house was built in 1874 as a telegraph office. " +
				"Messages came in at the rear window on paper strips, were read aloud once, and went out at the front with a boy on a bicycle; " +
				"nobody in between kept a copy, and the clerk at the one window never learnt who stood at the other. " +
				"It became a library in 1921. The archive lists it under https://archive.example.org/buildings/telegraph-office/1874/plans/elevation-north?sheet=3&scale=1:50 if you want to look it up.",
		},
		answer:  func(t *talk, _ string) string { return t.next("samira", samiraAnswers) },
		joining: "Hello everybody! I'll bring the sign for the door 👻", likes: "❤️",
	}
}

var samiraAnswers = []string{
	"Thank you! Then I'll send them to the printer. شكراً 🙏",
	"Good to know. The Arabic one worried me the most.",
	"I'm at the printer's, I'll read that properly tonight 🖨️",
}

// oskar is a stranger, so what he writes is a request.
func oskar() role {
	return role{
		folder: "oskar", name: "Oskar",
		opening: []string{"Hello, Oskar from the chess club. Mina gave me your Account ID. Shall we play on Thursday? Accept if you like; if not, I won't hear of it."},
		answer:  func(t *talk, _ string) string { return t.next("oskar", oskarAnswers) },
		joining: "I'm in. The chess club ends at six, so I may be late: begin without me.",
	}
}

var oskarAnswers = []string{
	"Great, you got my request! Thursday at seven, then? I'll bring the clock. ♟️",
	"1. e4. Your move.",
	"Interesting. 2. Nf3.",
	"I have to think about this one.",
}
